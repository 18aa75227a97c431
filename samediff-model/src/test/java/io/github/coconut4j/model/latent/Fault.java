package io.github.coconut4j.model.latent;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A fault in an output of a kernel. */
enum Fault {
  /** NaN in five elements other than the first, which {@code amaxNumber} ignores. */
  NAN_IN_FIVE_ELEMENTS {
    @Override
    void change(double[] values, long[] shape) {
      for (int i = 1; i <= 5; i++) {
        values[(int) ((long) i * (values.length - 1) / 5)] = Double.NaN;
      }
    }
  },
  NAN_IN_THE_FIRST {
    @Override
    void change(double[] values, long[] shape) {
      values[0] = Double.NaN;
    }
  },
  NAN_IN_THE_LAST {
    @Override
    void change(double[] values, long[] shape) {
      values[values.length - 1] = Double.NaN;
    }
  },
  NAN_EVERYWHERE {
    @Override
    void change(double[] values, long[] shape) {
      Arrays.fill(values, Double.NaN);
    }
  },
  INFINITY {
    @Override
    void change(double[] values, long[] shape) {
      values[values.length / 2] = Double.POSITIVE_INFINITY;
    }
  },
  SIGN {
    @Override
    void change(double[] values, long[] shape) {
      Arrays.setAll(values, i -> -values[i]);
    }
  },
  SIGN_OF_ONE_ELEMENT {
    @Override
    void change(double[] values, long[] shape) {
      int largest = indexOfLargest(values);
      values[largest] = -values[largest];
    }
  },
  ONE_ELEMENT {
    @Override
    void change(double[] values, long[] shape) {
      values[indexOfLargest(values)] *= 1.1;
    }
  },
  SCALED {
    @Override
    void change(double[] values, long[] shape) {
      Arrays.setAll(values, i -> 1.01 * values[i]);
    }
  },
  ZEROED {
    @Override
    void change(double[] values, long[] shape) {
      Arrays.fill(values, 0);
    }
  },
  /** Rows and columns are exchanged; a vector is reversed. */
  TRANSPOSED {
    @Override
    void change(double[] values, long[] shape) {
      double[] before = values.clone();
      int columns = shape.length < 2 ? values.length : (int) shape[shape.length - 1];
      int rows = values.length / columns;
      for (int i = 0; i < values.length; i++) {
        values[i] =
            rows == 1 ? before[values.length - 1 - i] : before[i % rows * columns + i / rows];
      }
    }
  };

  abstract void change(double[] values, long[] shape);

  /**
   * Changes an array in place.
   *
   * @throws IllegalStateException if the fault does not change this array
   */
  void apply(INDArray array) {
    double[] before = array.dup('c').data().asDouble();
    double[] values = before.clone();
    change(values, array.shape());
    if (Arrays.equals(values, before)) {
      throw new IllegalStateException(this + " does not change an array.");
    }
    array.assign(Nd4j.createFromArray(values).castTo(array.dataType()).reshape(array.shape()));
  }

  private static int indexOfLargest(double[] values) {
    int largest = 0;
    for (int i = 1; i < values.length; i++) {
      largest = Math.abs(values[i]) > Math.abs(values[largest]) ? i : largest;
    }
    return largest;
  }
}
