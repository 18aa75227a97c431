package io.github.coconut4j.model.onednn;

import java.util.Arrays;

/** Rotary position embeddings, with cached sines and cosines of the positions so far. */
final class Rotation {

  private final double[] frequencies;
  private float[][] sines = {};
  private float[][] cosines = {};

  Rotation(double[] frequencies) {
    this.frequencies = frequencies;
  }

  boolean isOf(double[] others) {
    return frequencies == others || Arrays.equals(frequencies, others);
  }

  /**
   * Rotates each head of a row.
   *
   * @param x read
   * @param y written
   * @param width width of the row, a multiple of the head's size
   */
  void turn(float[] x, float[] y, int width, int position, boolean back) {
    prepare(position);
    float[] cosine = cosines[position];
    float[] sine = sines[position];
    float sign = back ? -1 : 1;
    int half = cosine.length;
    for (int low = 0; low < width; low += 2 * half) {
      turnHead(x, y, low, half, cosine, sine, sign);
    }
  }

  private static void turnHead(
      float[] x, float[] y, int low, int half, float[] cosine, float[] sine, float sign) {
    int high = low + half;
    for (int j = 0; j < half; j++) {
      y[low + j] = x[low + j] * cosine[j] - sign * sine[j] * x[high + j];
    }
    for (int j = 0; j < half; j++) {
      y[high + j] = x[high + j] * cosine[j] + sign * sine[j] * x[low + j];
    }
  }

  private void prepare(int position) {
    if (position >= sines.length) {
      int length = Math.max(position + 1, 2 * sines.length);
      sines = Arrays.copyOf(sines, length);
      cosines = Arrays.copyOf(cosines, length);
    }
    if (sines[position] == null) {
      float[] sine = new float[frequencies.length];
      float[] cosine = new float[frequencies.length];
      for (int j = 0; j < sine.length; j++) {
        double angle = position * frequencies[j];
        sine[j] = (float) Math.sin(angle);
        cosine[j] = (float) Math.cos(angle);
      }
      cosines[position] = cosine;
      sines[position] = sine;
    }
  }
}
