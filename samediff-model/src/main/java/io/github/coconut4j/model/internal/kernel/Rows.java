package io.github.coconut4j.model.internal.kernel;

/** Copies and additions of single rows of floats, through arrays of the Java heap. */
final class Rows {

  private final FloatAddress pointer = new FloatAddress();
  private final int width;
  private final float[] first;
  private final float[] second;

  Rows(int width) {
    this.width = width;
    first = new float[width];
    second = new float[width];
  }

  void copy(long source, long target) {
    pointer.at(source).get(first, 0, width);
    pointer.at(target).put(first, 0, width);
  }

  /** target = a + b; target may be either. */
  void add(long a, long b, long target) {
    pointer.at(a).get(first, 0, width);
    pointer.at(b).get(second, 0, width);
    for (int i = 0; i < width; i++) {
      first[i] += second[i];
    }
    pointer.at(target).put(first, 0, width);
  }

  void clear(long target) {
    Floats.clear(target, width);
  }

  /** sum[offset …] += the row at {@code source}. */
  void addTo(float[] sum, int offset, long source) {
    pointer.at(source).get(first, 0, width);
    for (int i = 0; i < width; i++) {
      sum[offset + i] += first[i];
    }
  }
}
