/** One published file. */
export interface SourceFile {
  /** Its usual name, e.g. "train-images-idx3-ubyte.gz". */
  readonly name: string;
  /** Of the file as published. */
  readonly byteLength: number;
  readonly sha256: string;
  /** Of its content without gzip, where folders may hold it unpacked (the name without ".gz"). */
  readonly unpackedSha256?: string;
}

interface FormOf<Format extends string, Part extends string> {
  readonly format: Format;
  /** Addresses of public homes, each ending in "/"; none where the set cannot be downloaded in this form. */
  readonly mirrors: readonly string[];
  readonly files: Readonly<Record<Part, SourceFile>>;
}

/** Images and labels of both splits in MNIST's format. */
export type IdxForm = FormOf<"idx", "trainImages" | "trainLabels" | "testImages" | "testLabels">;
/** SVHN's cropped digits, a MATLAB file for each split. */
export type SvhnForm = FormOf<"svhn", "train" | "test">;
/** The binary version of CIFAR-10, one archive. */
export type CifarForm = FormOf<"cifar-10", "archive">;

/** Files that a data set is published in, and where they live. */
export type SourceForm = IdxForm | SvhnForm | CifarForm;

/** A data set: what it holds, where it lives, and how its files are told from damaged ones. */
export interface DatasetSource {
  readonly name: string;
  readonly classNames: readonly string[];
  /** Side of the square images in pixels. */
  readonly size: number;
  readonly trainImages: number;
  readonly testImages: number;
  /** At least one; the first that is at hand is read, else the first that has a public home is downloaded. */
  readonly forms: readonly SourceForm[];
  /** Who made it, and on what terms. */
  readonly licence: string;
}
