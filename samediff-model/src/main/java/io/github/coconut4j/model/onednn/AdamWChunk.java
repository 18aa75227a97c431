package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.loop.Matrix;

/** AdamW on a few thousand values at a time; one instance per thread and step. */
final class AdamWChunk {

  private final float[] values;
  private final float[] gradient;
  private final float[] first;
  private final float[] second;
  private final FloatAddress pointer = new FloatAddress();
  private final float beta1;
  private final float beta2;
  private final float epsilon;
  private final float gradientFactor;

  /** Factor of a value after weight decay. */
  private final float kept;

  private final float stepSize;
  private final float secondCorrection;

  AdamWChunk(int size, OptimizerStep.Settings settings) {
    values = new float[size];
    gradient = new float[size];
    first = new float[size];
    second = new float[size];
    beta1 = (float) settings.getBeta1();
    beta2 = (float) settings.getBeta2();
    epsilon = (float) settings.getEpsilon();
    gradientFactor = (float) settings.getGradientFactor();
    float learningRate = (float) settings.getLearningRate();
    kept = 1 - learningRate * (float) settings.getWeightDecay();
    double steps = settings.getStep();
    stepSize = (float) (learningRate / (1 - Math.pow(beta1, steps)));
    secondCorrection = (float) (1 / Math.sqrt(1 - Math.pow(beta2, steps)));
  }

  /** Updates the values [start, start + count) of a parameter, and their moments. */
  void update(OptimizerStep.Parameter<Matrix> parameter, long start, int count) {
    read(parameter.values(), start, values, count);
    read(parameter.gradient(), start, gradient, count);
    read(parameter.firstMoment(), start, first, count);
    read(parameter.secondMoment(), start, second, count);
    moments(count, beta1, beta2, gradientFactor);
    values(count, kept, epsilon);
    write(parameter.values(), start, values, count);
    write(parameter.firstMoment(), start, first, count);
    write(parameter.secondMoment(), start, second, count);
  }

  private void moments(int count, float decay1, float decay2, float factor) {
    float[] g = gradient;
    float[] m = first;
    float[] v = second;
    for (int i = 0; i < count; i++) {
      float scaled = g[i] * factor;
      m[i] = decay1 * m[i] + (1 - decay1) * scaled;
      v[i] = decay2 * v[i] + (1 - decay2) * scaled * scaled;
    }
  }

  private void values(int count, float decay, float added) {
    float[] w = values;
    float[] m = first;
    float[] v = second;
    float size = stepSize;
    float correction = secondCorrection;
    for (int i = 0; i < count; i++) {
      w[i] = w[i] * decay - size * m[i] / ((float) Math.sqrt(v[i]) * correction + added);
    }
  }

  private void read(Matrix source, long start, float[] target, int count) {
    pointer.at(source.address() + start * Float.BYTES).get(target, 0, count);
  }

  private void write(Matrix target, long start, float[] source, int count) {
    pointer.at(target.address() + start * Float.BYTES).put(source, 0, count);
  }
}
