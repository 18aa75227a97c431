package io.github.coconut4j.model.op;

import io.github.coconut4j.model.memory.HostMemory;
import io.github.coconut4j.model.memory.HostRows;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The students' and teachers' hidden states of {@link LayerDistillation}, in double. */
final class LayerDistances {

  private final HostRows layers;
  private final HostRows hidden;

  /** Number of positions at which inner layers' hidden states are at hand. */
  private final int probed;

  private final int[] students;
  private final int[] teachers;
  private final int[] finalStudents;
  private final int[] finalTeachers;
  private final int firstLayer;

  /** Index of the final hidden states among the compared layers. */
  private final int last;

  private LayerDistances(List<INDArray> inputs, int firstLayer) {
    long[] shape = inputs.get(0).shape();
    last = (int) shape[0];
    probed = (int) shape[1];
    layers = rows(inputs.get(0));
    hidden = rows(inputs.get(1));
    long queried = inputs.get(1).size(0);
    students = rows(inputs.get(2), probed);
    teachers = rows(inputs.get(3), probed);
    finalStudents = rows(inputs.get(4), queried);
    finalTeachers = rows(inputs.get(5), queried);
    this.firstLayer = firstLayer;
  }

  /** Makes the distances from the op's inputs. */
  static LayerDistances of(List<INDArray> inputs, int firstLayer) {
    return new LayerDistances(inputs, firstLayer);
  }

  private static HostRows rows(INDArray states) {
    return new HostRows(HostMemory.isDense(states) ? states : states.dup('c'));
  }

  private static int[] rows(INDArray numbers, long bound) {
    int[] rows = numbers.reshape(-1).toIntVector();
    for (int row : rows) {
      if (row < 0 || row >= bound) {
        throw new IllegalArgumentException(
            "Compared hidden states must be among " + bound + ", but one is number " + row + ".");
      }
    }
    return rows;
  }

  /** The mean over the layers. */
  double mean() {
    double sum = 0;
    for (int layer = firstLayer; layer <= last; layer++) {
      double[] teacher = values(layer, teachers, finalTeachers);
      double distance = 0;
      for (double x : difference(layer, teacher)) {
        distance += smooth(x);
      }
      sum += distance / teacher.length / deviation(teacher);
    }
    return sum / (last + 1 - firstLayer);
  }

  /**
   * Writes the gradients of {@code factor} times the mean.
   *
   * @param layersGradient [L, m, D]
   * @param hiddenGradient [n, D]
   */
  void gradients(double factor, INDArray layersGradient, INDArray hiddenGradient) {
    layersGradient.assign(0);
    hiddenGradient.assign(0);
    HostRows ofLayers = new HostRows(layersGradient);
    HostRows ofHidden = new HostRows(hiddenGradient);
    for (int layer = firstLayer; layer <= last; layer++) {
      double[] teacher = values(layer, teachers, finalTeachers);
      double[] gradient = difference(layer, teacher);
      double scale = factor / (last + 1 - firstLayer) / deviation(teacher) / gradient.length;
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] = scale * Math.max(-1, Math.min(1, gradient[i]));
      }
      if (layer == last) {
        addRows(gradient, finalStudents, ofHidden);
      } else {
        addRows(gradient, inLayer(layer, students), ofLayers);
      }
    }
  }

  private static void addRows(double[] gradient, int[] rows, HostRows target) {
    for (int i = 0; i < rows.length; i++) {
      target.add(rows[i], gradient, i * target.width());
    }
  }

  /** Students' hidden states minus their teachers'. */
  private double[] difference(int layer, double[] teacher) {
    double[] difference = values(layer, students, finalStudents);
    for (int i = 0; i < difference.length; i++) {
      difference[i] -= teacher[i];
    }
    return difference;
  }

  /** Hidden states of a layer [s · D]. */
  private double[] values(int layer, int[] inner, int[] outer) {
    HostRows states = layer == last ? hidden : layers;
    int[] rows = layer == last ? outer : inLayer(layer, inner);
    double[] values = new double[rows.length * states.width()];
    for (int i = 0; i < rows.length; i++) {
      states.read(rows[i], values, i * states.width());
    }
    return values;
  }

  /** The rows of one layer among those of all layers. */
  private int[] inLayer(int layer, int[] rows) {
    int first = layer * probed;
    return Arrays.stream(rows).map(row -> first + row).toArray();
  }

  private static double smooth(double x) {
    double magnitude = Math.abs(x);
    return magnitude < 1 ? x * x / 2 : magnitude - 0.5;
  }

  private static double deviation(double[] values) {
    double mean = 0;
    for (double value : values) {
      mean += value / values.length;
    }
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / (values.length - 1));
  }
}
