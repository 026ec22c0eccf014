// One step of Adam or AdamW on one variable, in place.
import { madd } from "./_tensors-basics";

/**
 * With g the gradient plus `decay` w: m = beta1 m + rest1 g, v = beta2 v + rest2 g^2,
 * w = shrink w - stepSize m / (rootScale sqrt(v) + epsilon).
 */
export function adamStep(
  w: usize, g: usize, m: usize, v: usize, count: i32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32,
  stepSize: f32, rootScale: f32, decay: f32, shrink: f32,
): void {
  const whole = count & ~3;
  for (let i = 0; i < whole; i += 4) {
    const at = <usize>i << 2;
    const weight = v128.load(w + at);
    const gradient = madd(f32x4.splat(decay), weight, v128.load(g + at));
    const mean = madd(f32x4.splat(rest1), gradient, f32x4.mul(f32x4.splat(beta1), v128.load(m + at)));
    const scaled = f32x4.mul(f32x4.splat(rest2), gradient);
    const square = madd(scaled, gradient, f32x4.mul(f32x4.splat(beta2), v128.load(v + at)));
    v128.store(m + at, mean);
    v128.store(v + at, square);
    const root = madd(f32x4.splat(rootScale), f32x4.sqrt(square), f32x4.splat(epsilon));
    const step = f32x4.div(f32x4.mul(f32x4.splat(stepSize), mean), root);
    v128.store(w + at, f32x4.sub(f32x4.mul(f32x4.splat(shrink), weight), step));
  }
  for (let i = whole; i < count; i++) {
    const at = <usize>i << 2;
    const weight = load<f32>(w + at);
    const gradient = load<f32>(g + at) + decay * weight;
    const mean = beta1 * load<f32>(m + at) + rest1 * gradient;
    const square = beta2 * load<f32>(v + at) + rest2 * gradient * gradient;
    store<f32>(m + at, mean);
    store<f32>(v + at, square);
    const step = (stepSize * mean) / (rootScale * Mathf.sqrt(square) + epsilon);
    store<f32>(w + at, shrink * weight - step);
  }
}
