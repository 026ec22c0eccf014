// Patches of images as rows of a matrix, so that convolutions and their gradients become matrix products. Pixels beyond
// the border are zeros.
import { addRun, clearRun, copyRun } from "./_tensors-runs";

/**
 * One image [height, width, channels] to patches [outHeight outWidth, kernelHeight kernelWidth channels], or with
 * `back` patches added up to the image, which must be zero before.
 */
@inline function walkPatches(back: bool, image: usize, patches: usize, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, top: i32,
  left: i32): void {
  const pixel = (<usize>channels) << 2;
  const run = kernelWidth * channels;
  let at = patches;
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      const x = ox * strideWidth - left;
      // Wide borders may leave a window without any pixel.
      const from = min<i32>(kernelWidth, max<i32>(0, -x)), to = max<i32>(from, min<i32>(kernelWidth, width - x));
      for (let ky = 0; ky < kernelHeight; ky++) {
        const y = oy * strideHeight - top + ky;
        if (y < 0 || y >= height) {
          if (!back) clearRun(at, run);
        } else {
          const inside = at + <usize>from * pixel;
          const source = image + (<usize>y * width + (x + from)) * pixel;
          if (back) {
            addRun(inside, source, (to - from) * channels);
          } else {
            clearRun(at, from * channels);
            copyRun(source, inside, (to - from) * channels);
            clearRun(at + <usize>to * pixel, (kernelWidth - to) * channels);
          }
        }
        at += (<usize>run) << 2;
      }
    }
  }
}

export function patchesOf(image: usize, patches: usize, height: i32, width: i32, channels: i32, outHeight: i32,
  outWidth: i32, kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32): void {
  walkPatches(false, image, patches, height, width, channels, outHeight, outWidth, kernelHeight, kernelWidth,
    strideHeight, strideWidth, top, left);
}

export function addPatches(image: usize, patches: usize, height: i32, width: i32, channels: i32, outHeight: i32,
  outWidth: i32, kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32): void {
  walkPatches(true, image, patches, height, width, channels, outHeight, outWidth, kernelHeight, kernelWidth,
    strideHeight, strideWidth, top, left);
}

/** One image [channels, height, width] to patches [kernelHeight kernelWidth channels, outHeight outWidth]. */
export function planePatchesOf(image: usize, patches: usize, height: i32, width: i32, channels: i32, outHeight: i32,
  outWidth: i32, kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32): void {
  let at = patches;
  for (let ky = 0; ky < kernelHeight; ky++) {
    for (let kx = 0; kx < kernelWidth; kx++) {
      for (let channel = 0; channel < channels; channel++) {
        for (let oy = 0; oy < outHeight; oy++) {
          const y = oy * strideHeight - top + ky;
          const inside = y >= 0 && y < height;
          const row = image + ((<usize>channel * height + y) * width << 2);
          for (let ox = 0; ox < outWidth; ox++) {
            const x = ox * strideWidth - left + kx;
            store<f32>(at, inside && x >= 0 && x < width ? load<f32>(row + (<usize>x << 2)) : 0);
            at += 4;
          }
        }
      }
    }
  }
}

/** The other way round: patches of channel planes added up to the image, which must be zero before. */
export function addPlanePatches(image: usize, patches: usize, height: i32, width: i32, channels: i32, outHeight: i32,
  outWidth: i32, kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32): void {
  let at = patches;
  for (let ky = 0; ky < kernelHeight; ky++) {
    for (let kx = 0; kx < kernelWidth; kx++) {
      for (let channel = 0; channel < channels; channel++) {
        for (let oy = 0; oy < outHeight; oy++) {
          const y = oy * strideHeight - top + ky;
          const inside = y >= 0 && y < height;
          const row = image + ((<usize>channel * height + y) * width << 2);
          for (let ox = 0; ox < outWidth; ox++) {
            const x = ox * strideWidth - left + kx;
            const pixel = row + (<usize>x << 2);
            if (inside && x >= 0 && x < width) store<f32>(pixel, load<f32>(pixel) + load<f32>(at));
            at += 4;
          }
        }
      }
    }
  }
}
