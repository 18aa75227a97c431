package io.github.coconut4j.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;

/** Ranks that are threads of this process, each with a model of its own. */
final class ThreadExchange implements GradientExchange {

  private final int rank;
  private final Shared shared;

  /** What this rank gave where there were no floats: values of evaluations. */
  private final List<double[]> joined = new ArrayList<>();

  private ThreadExchange(int rank, Shared shared) {
    this.rank = rank;
    this.shared = shared;
  }

  /** What all ranks give before each takes the sums. */
  private static final class Shared {
    final int size;
    final CyclicBarrier barrier;
    final float[][][] floats;
    final double[][] values;

    Shared(int size) {
      this.size = size;
      barrier = new CyclicBarrier(size);
      floats = new float[size][][];
      values = new double[size][];
    }
  }

  static List<ThreadExchange> of(int size) {
    Shared shared = new Shared(size);
    List<ThreadExchange> ranks = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      ranks.add(new ThreadExchange(rank, shared));
    }
    return ranks;
  }

  List<double[]> joined() {
    return joined;
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return shared.size;
  }

  @Override
  public double[] sum(List<ByteBuffer> floats, double[] values) throws IOException {
    float[][] own = new float[floats.size()][];
    for (int i = 0; i < own.length; i++) {
      FloatBuffer buffer = floats(floats.get(i));
      own[i] = new float[buffer.remaining()];
      buffer.get(own[i]);
    }
    shared.floats[rank] = own;
    shared.values[rank] = values;
    if (floats.isEmpty()) {
      joined.add(values);
    }
    await();
    double[] sum = values(0, shared.size);
    for (int i = 0; i < own.length; i++) {
      FloatBuffer buffer = floats(floats.get(i));
      for (int j = 0; j < own[i].length; j++) {
        buffer.put(j, floats(i, j, 0, shared.size));
      }
    }
    await(); // nobody may give the next before all have taken these
    return sum;
  }

  private static FloatBuffer floats(ByteBuffer bytes) {
    return bytes.duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private float floats(int array, int index, int from, int to) {
    if (to - from == 1) {
      return shared.floats[from][array][index];
    }
    int middle = from + (to - from) / 2;
    return floats(array, index, from, middle) + floats(array, index, middle, to);
  }

  private double[] values(int from, int to) {
    if (to - from == 1) {
      return shared.values[from].clone();
    }
    int middle = from + (to - from) / 2;
    double[] sum = values(from, middle);
    double[] right = values(middle, to);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += right[i];
    }
    return sum;
  }

  private void await() throws IOException {
    try {
      shared.barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IOException("a rank is lost", e);
    }
  }
}
