package io.github.coconut4j.model.internal.kernel;

import org.bytedeco.javacpp.FloatPointer;

/** AdamW on a few thousand values at a time; one instance a thread and step. */
final class AdamWChunk {

  private final float[] values;
  private final float[] gradient;
  private final float[] first;
  private final float[] second;
  private final FloatAddress pointer = new FloatAddress();
  private final FusedAdamW.Step step;
  private final float stepSize;
  private final float secondCorrection;

  AdamWChunk(int size, FusedAdamW.Step step) {
    values = new float[size];
    gradient = new float[size];
    first = new float[size];
    second = new float[size];
    this.step = step;
    stepSize = (float) (step.learningRate() / (1 - Math.pow(step.beta1(), (double) step.step())));
    secondCorrection = (float) (1 / Math.sqrt(1 - Math.pow(step.beta2(), (double) step.step())));
  }

  void update(FusedAdamW.Tensor tensor, long start, int count) {
    read(tensor.values(), start, values, count);
    read(tensor.gradient(), start, gradient, count);
    read(tensor.firstMoment(), start, first, count);
    read(tensor.secondMoment(), start, second, count);
    moments(count, step.beta1(), step.beta2(), step.gradientFactor());
    values(count, 1 - step.learningRate() * tensor.weightDecay(), step.epsilon());
    write(tensor.values(), start, values, count);
    write(tensor.firstMoment(), start, first, count);
    write(tensor.secondMoment(), start, second, count);
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

  private void values(int count, float decay, float epsilon) {
    float[] w = values;
    float[] m = first;
    float[] v = second;
    float size = stepSize;
    float correction = secondCorrection;
    for (int i = 0; i < count; i++) {
      w[i] = w[i] * decay - size * m[i] / ((float) Math.sqrt(v[i]) * correction + epsilon);
    }
  }

  private void read(FloatPointer source, long start, float[] target, int count) {
    pointer.at(source.address() + start * Float.BYTES).get(target, 0, count);
  }

  private void write(FloatPointer target, long start, float[] source, int count) {
    pointer.at(target.address() + start * Float.BYTES).put(source, 0, count);
  }
}
