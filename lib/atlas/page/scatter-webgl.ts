import type { ScatterRenderer, ScatterView } from "./scatter-renderer.js";

const vertexShader = `#version 300 es
in vec2 place;
in vec4 color;
uniform vec2 middle;
uniform vec2 scale;
uniform float size;
out vec4 shade;
void main() {
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  gl_PointSize = size;
  shade = vec4(color.rgb, 0.7 + 0.2 * color.a);
}`;

const fragmentShader = `#version 300 es
precision highp float;
in vec4 shade;
uniform float size;
out vec4 result;
void main() {
  float edge = (0.5 - distance(gl_PointCoord, vec2(0.5))) * size;
  float alpha = shade.a * clamp(edge + 0.5, 0.0, 1.0);
  result = vec4(shade.rgb * alpha, alpha);
}`;

/** Points by WebGL 2: one draw a frame, grayed points first, whatever their number. Undefined where there is none. */
export function webglRenderer(canvas: HTMLCanvasElement): ScatterRenderer | undefined {
  const gl = canvas.getContext("webgl2", {
    antialias: false,
    alpha: false,
    powerPreference: "high-performance",
  });
  if (!gl) return undefined;
  let points = new Float32Array(0) as Float32Array<ArrayBuffer>;
  let colors = new Uint8Array(0) as Uint8Array<ArrayBuffer>;
  let program = setUp(gl);
  if (!program) return undefined;
  let last: ScatterView | undefined;

  const upload = () => {
    program?.setPlaces(points);
    program?.setColors(colors);
  };
  const draw = (view: ScatterView) => {
    last = view;
    if (!program || gl.isContextLost()) return;
    const [width, height] = [Math.round(view.width * view.ratio), Math.round(view.height * view.ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    program.draw(view, points.length / 2);
  };
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => {
    program = setUp(gl);
    upload();
    if (last) draw(last);
  });
  return {
    kind: "webgl",
    setPoints(next) {
      points = next as Float32Array<ArrayBuffer>;
      program?.setPlaces(points);
    },
    setColors(next) {
      colors = next as Uint8Array<ArrayBuffer>;
      program?.setColors(colors);
    },
    draw,
  };
}

function setUp(gl: WebGL2RenderingContext) {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexShader],
    [gl.FRAGMENT_SHADER, fragmentShader],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) return undefined;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return undefined;
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.disable(gl.DEPTH_TEST);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const buffer = (name: string, size: number, type: number, normalized: boolean) => {
    const store = gl.createBuffer();
    const at = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, store);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, normalized, 0, 0);
    return (values: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, store);
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    };
  };
  const uniform = (name: string) => gl.getUniformLocation(program, name);
  const [middle, scale, size] = ["middle", "scale", "size"].map(uniform);
  const putColors = buffer("color", 4, gl.UNSIGNED_BYTE, true);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
  return {
    setPlaces: buffer("place", 2, gl.FLOAT, false),
    setColors(colors: Uint8Array<ArrayBuffer>) {
      putColors(colors);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, drawingOrder(colors), gl.DYNAMIC_DRAW);
    },
    draw(view: ScatterView, count: number) {
      const [r, g, b] = view.ground;
      gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
      gl.clearColor(r / 255, g / 255, b / 255, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(middle, view.x, view.y);
      gl.uniform2f(scale, (2 * view.scale) / view.width, (2 * view.scale) / view.height);
      gl.uniform1f(size, view.size * view.ratio);
      gl.drawElements(gl.POINTS, count, gl.UNSIGNED_INT, 0);
    },
  };
}

/** All points, grayed ones first, so that they hide none of the others. */
function drawingOrder(colors: Uint8Array): Uint32Array<ArrayBuffer> {
  const order = new Uint32Array(colors.length / 4);
  let at = 0;
  for (const shown of [0, 255]) {
    for (let model = 0; model < order.length; model++)
      if (colors[4 * model + 3] === shown) order[at++] = model;
  }
  return order;
}
