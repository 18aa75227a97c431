package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.backend.AdamWCoefficients;
import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.loop.Matrix;

/** AdamW on a few thousand values at a time; one instance per thread and step. */
final class AdamWChunk {

  private final float[] values;
  private final float[] gradient;
  private final float[] first;
  private final float[] second;
  private final FloatAddress pointer = new FloatAddress();
  private final AdamWCoefficients step;

  AdamWChunk(int size, AdamWCoefficients step) {
    values = new float[size];
    gradient = new float[size];
    first = new float[size];
    second = new float[size];
    this.step = step;
  }

  /** Updates the values [start, start + count) of a parameter, and their moments. */
  void update(OptimizerStep.Parameter<Matrix> parameter, long start, int count) {
    read(parameter.values(), start, values, count);
    read(parameter.gradient(), start, gradient, count);
    read(parameter.firstMoment(), start, first, count);
    read(parameter.secondMoment(), start, second, count);
    moments(count, step.beta1(), step.beta2(), step.gradientFactor());
    values(count, step.kept(), step.stepSize(), step.secondCorrection(), step.epsilon());
    write(parameter.values(), start, values, count);
    write(parameter.firstMoment(), start, first, count);
    write(parameter.secondMoment(), start, second, count);
  }

  private void moments(int count, float beta1, float beta2, float factor) {
    float[] g = gradient;
    float[] m = first;
    float[] v = second;
    for (int i = 0; i < count; i++) {
      float scaled = g[i] * factor;
      m[i] = beta1 * m[i] + (1 - beta1) * scaled;
      v[i] = beta2 * v[i] + (1 - beta2) * scaled * scaled;
    }
  }

  private void values(int count, float kept, float size, float correction, float epsilon) {
    float[] w = values;
    float[] m = first;
    float[] v = second;
    for (int i = 0; i < count; i++) {
      w[i] = w[i] * kept - size * m[i] / ((float) Math.sqrt(v[i]) * correction + epsilon);
    }
  }

  private void read(Matrix source, long start, float[] target, int count) {
    pointer.at(source.address() + start * Float.BYTES).get(target, 0, count);
  }

  private void write(Matrix target, long start, float[] source, int count) {
    pointer.at(target.address() + start * Float.BYTES).put(source, 0, count);
  }
}
