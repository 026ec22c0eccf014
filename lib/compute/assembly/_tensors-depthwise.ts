// Gradients of depthwise convolutions: each channel has `multiplier` filters of its own.
import { madd } from "./_tensors-basics";

/**
 * Adds one image's share. To the input: dx[y, x, c] += sum over m of dy[c, m] w[c, m]; to the filter:
 * dw[c, m] += x[y, x, c] dy[c, m]. `image` is x or dx, `filter` is w or dw.
 */
@inline function walk(toInput: bool, image: usize, filter: usize, dy: usize, height: i32, width: i32, channels: i32,
  multiplier: i32, outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32, strideHeight: i32,
  strideWidth: i32, dilationHeight: i32, dilationWidth: i32, top: i32, left: i32): void {
  const outputs = channels * multiplier;
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ky = 0; ky < kernelHeight; ky++) {
      const y = oy * strideHeight - top + ky * dilationHeight;
      if (y < 0 || y >= height) continue;
      for (let ox = 0; ox < outWidth; ox++) {
        const slope = dy + (<usize>(oy * outWidth + ox) * outputs << 2);
        for (let kx = 0; kx < kernelWidth; kx++) {
          const x = ox * strideWidth - left + kx * dilationWidth;
          if (x < 0 || x >= width) continue;
          const pixel = image + (<usize>(y * width + x) * channels << 2);
          const weights = filter + (<usize>(ky * kernelWidth + kx) * outputs << 2);
          pixelShare(toInput, pixel, weights, slope, channels, multiplier);
        }
      }
    }
  }
}

@inline function pixelShare(toInput: bool, pixel: usize, weights: usize, slope: usize, channels: i32,
  multiplier: i32): void {
  let c = 0;
  if (multiplier == 1) {
    for (; c + 4 <= channels; c += 4) {
      const at = <usize>c << 2;
      const target = (toInput ? pixel : weights) + at;
      const factor = v128.load((toInput ? weights : pixel) + at);
      v128.store(target, madd(factor, v128.load(slope + at), v128.load(target)));
    }
  }
  for (; c < channels; c++) {
    const here = pixel + (<usize>c << 2);
    for (let m = 0; m < multiplier; m++) {
      const at = <usize>(c * multiplier + m) << 2;
      const d = load<f32>(slope + at);
      if (toInput) store<f32>(here, load<f32>(here) + d * load<f32>(weights + at));
      else store<f32>(weights + at, load<f32>(weights + at) + d * load<f32>(here));
    }
  }
}

/** `dx` must be zero before. */
export function depthwiseToInput(dx: usize, filter: usize, dy: usize, height: i32, width: i32, channels: i32,
  multiplier: i32, outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32, strideHeight: i32,
  strideWidth: i32, dilationHeight: i32, dilationWidth: i32, top: i32, left: i32): void {
  walk(true, dx, filter, dy, height, width, channels, multiplier, outHeight, outWidth, kernelHeight, kernelWidth,
    strideHeight, strideWidth, dilationHeight, dilationWidth, top, left);
}

/** `dw` must be zero before the first image. */
export function depthwiseToFilter(x: usize, dw: usize, dy: usize, height: i32, width: i32, channels: i32,
  multiplier: i32, outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32, strideHeight: i32,
  strideWidth: i32, dilationHeight: i32, dilationWidth: i32, top: i32, left: i32): void {
  walk(false, x, dw, dy, height, width, channels, multiplier, outHeight, outWidth, kernelHeight, kernelWidth,
    strideHeight, strideWidth, dilationHeight, dilationWidth, top, left);
}
