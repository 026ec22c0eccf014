import type { DatasetSource, IdxForm, SourceFile, SourceForm } from "./source.js";

type Fingerprint = readonly [byteLength: number, sha256: string, unpackedSha256: string];

/** The four files by MNIST's names, which the sets in its format keep. */
function mnistForm(
  mirrors: readonly string[],
  trainImages: Fingerprint,
  trainLabels: Fingerprint,
  testImages: Fingerprint,
  testLabels: Fingerprint,
): IdxForm {
  const file = (name: string, [byteLength, sha256, unpackedSha256]: Fingerprint): SourceFile => {
    return { name, byteLength, sha256, unpackedSha256 };
  };
  const files = {
    trainImages: file("train-images-idx3-ubyte.gz", trainImages),
    trainLabels: file("train-labels-idx1-ubyte.gz", trainLabels),
    testImages: file("t10k-images-idx3-ubyte.gz", testImages),
    testLabels: file("t10k-labels-idx1-ubyte.gz", testLabels),
  };
  return { format: "idx", mirrors, files };
}

const mnist: DatasetSource = {
  name: "mnist",
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  size: 28,
  trainImages: 60000,
  testImages: 10000,
  forms: [
    mnistForm(
      [
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://raw.githubusercontent.com/fgnt/mnist/master/",
      ],
      [
        9912422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      ],
      [
        28881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      ],
      [
        1648877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      ],
      [
        4542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      ],
    ),
  ],
  licence: "Y. LeCun, C. Cortes, C. J. C. Burges, from NIST's special databases 1 and 3; CC BY-SA 3.0",
};

const fashionMnist: DatasetSource = {
  name: "fashion-mnist",
  classNames: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ],
  size: 28,
  trainImages: 60000,
  testImages: 10000,
  forms: [
    mnistForm(
      [
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
      ],
      [
        26421880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      ],
      [
        29515,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      ],
      [
        4422102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      ],
      [
        5148,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
      ],
    ),
  ],
  licence: "H. Xiao, K. Rasul, R. Vollgraf (Zalando Research); MIT",
};

const grayNote = "gray = (19595 R + 38470 G + 7471 B + 32768) >> 16";

/** SHA-256 and length are those that several public loaders state; its home publishes the MD5. */
const cifarBinary: SourceForm = {
  format: "cifar-10",
  mirrors: ["https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"],
  files: {
    // MD5 c32a1d4ab5d03f1284b67883e8d87530
    archive: {
      name: "cifar-10-binary.tar.gz",
      byteLength: 170052171,
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    },
  },
};

const cifar10Gray: DatasetSource = {
  name: "cifar10-gs",
  classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  size: 32,
  trainImages: 50000,
  testImages: 10000,
  forms: [
    mnistForm(
      [],
      [
        47703749,
        "3834b3a92857ec942c843b585dba2c3fbc72e438cffaa37700cb2e0fdbe74983",
        "b86a2083b6c864d852b3e51a04156a658f133aa8a31703cdc5355519e6e0a17b",
      ],
      [
        24710,
        "a3882c8cf67a97cb5011b93f9e0e66b86821d1596b9c43e286d587d9132ecc53",
        "1a4c5fb4e1cab2caa8eee134c093de84d620899e907756e71736fb7b0d4ab554",
      ],
      [
        9536543,
        "bd00f4d73584997277e4c18f20ba95d24d94b5fd01c2a48265a233e722dc5f22",
        "456dce1892703e244fa89c71f277479cd48296e10cb215f4aec32079fa042c43",
      ],
      [
        5102,
        "b39ab3437bbef25f3bbfb2cd1cbfb2e25d57c7e56a5d3195f9c44d4682a83ca3",
        "987e01129ceec0098f1e9d9404cff9fa82ad3d15383a61e8ec60ff20ffe6db40",
      ],
    ),
    cifarBinary,
  ],
  licence: `A. Krizhevsky, V. Nair, G. Hinton; ${grayNote}, original order`,
};

/** The cropped digits, without the set "extra". SHA-256 and lengths are those that several public loaders state. */
const svhnGray: DatasetSource = {
  name: "svhn-gs",
  classNames: mnist.classNames,
  size: 32,
  trainImages: 73257,
  testImages: 26032,
  forms: [
    {
      format: "svhn",
      mirrors: ["http://ufldl.stanford.edu/housenumbers/"],
      files: {
        // MD5 e26dedcc434d2e4c54c9b2d4a06d8373
        train: {
          name: "train_32x32.mat",
          byteLength: 182040794,
          sha256: "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
        },
        // MD5 eb5a983be6a315427106f1b164d9cef3
        test: {
          name: "test_32x32.mat",
          byteLength: 64275384,
          sha256: "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
        },
      },
    },
  ],
  licence: `Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu, A. Y. Ng; ${grayNote}, original order`,
};

/** The real data sets that the library can read; a new one in a known format is one entry here. */
export const publishedSources: readonly DatasetSource[] = [mnist, fashionMnist, cifar10Gray, svhnGray];
