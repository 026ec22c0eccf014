// Patches of images as rows of a matrix, so that convolutions and their gradients become matrix products. Pixels beyond
// the border are zeros.

@inline function copy(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(to + (<usize>i << 2), v128.load(from + (<usize>i << 2)));
  for (; i < count; i++) store<f32>(to + (<usize>i << 2), load<f32>(from + (<usize>i << 2)));
}

// A loop, since runs are short: `memory.fill` is a call.
@inline function clear(to: usize, count: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(to + (<usize>i << 2), zero);
  for (; i < count; i++) store<f32>(to + (<usize>i << 2), 0);
}

@inline function add(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = to + (<usize>i << 2);
    v128.store(at, f32x4.add(v128.load(at), v128.load(from + (<usize>i << 2))));
  }
  for (; i < count; i++) {
    const at = to + (<usize>i << 2);
    store<f32>(at, load<f32>(at) + load<f32>(from + (<usize>i << 2)));
  }
}

@inline function least(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

@inline function most(a: i32, b: i32): i32 {
  return a > b ? a : b;
}

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
      const from = least(kernelWidth, most(0, -x)), to = most(from, least(kernelWidth, width - x));
      for (let ky = 0; ky < kernelHeight; ky++) {
        const y = oy * strideHeight - top + ky;
        if (y < 0 || y >= height) {
          if (!back) clear(at, run);
        } else {
          const inside = at + <usize>from * pixel;
          const source = image + (<usize>y * width + (x + from)) * pixel;
          if (back) {
            add(inside, source, (to - from) * channels);
          } else {
            clear(at, from * channels);
            copy(source, inside, (to - from) * channels);
            clear(at + <usize>to * pixel, (kernelWidth - to) * channels);
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
