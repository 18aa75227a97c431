package io.github.coconut4j.model.op;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** The students' and teachers' hidden states of {@link LayerDistillation}, in double. */
final class LayerDistances {

  private final INDArray layers;
  private final INDArray hidden;
  private final int[] students;
  private final int[] teachers;
  private final int[] finalStudents;
  private final int[] finalTeachers;
  private final int firstLayer;

  /** Index of the final hidden states among the compared layers. */
  private final int last;

  private LayerDistances(List<INDArray> inputs, int firstLayer) {
    layers = inputs.get(0);
    hidden = inputs.get(1);
    last = (int) layers.size(0);
    students = rows(inputs.get(2), layers.size(1));
    teachers = rows(inputs.get(3), layers.size(1));
    finalStudents = rows(inputs.get(4), hidden.size(0));
    finalTeachers = rows(inputs.get(5), hidden.size(0));
    this.firstLayer = firstLayer;
  }

  /** Makes the distances from the op's inputs. */
  static LayerDistances of(List<INDArray> inputs, int firstLayer) {
    return new LayerDistances(inputs, firstLayer);
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
    for (int layer = firstLayer; layer <= last; layer++) {
      double[] teacher = values(layer, teachers, finalTeachers);
      double[] gradient = difference(layer, teacher);
      double scale = factor / (last + 1 - firstLayer) / deviation(teacher) / gradient.length;
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] = scale * Math.max(-1, Math.min(1, gradient[i]));
      }
      if (layer == last) {
        addRows(gradient, finalStudents, hiddenGradient);
      } else {
        addRows(gradient, inLayer(layer, students), layersGradient.reshape(-1, width()));
      }
    }
  }

  private void addRows(double[] gradient, int[] rows, INDArray target) {
    INDArray values =
        Nd4j.createFromArray(gradient).reshape(rows.length, width()).castTo(target.dataType());
    Nd4j.exec(
        DynamicCustomOp.builder("scatter_add")
            .addInputs(target, Nd4j.createFromArray(rows), values)
            .addOutputs(target)
            .addBooleanArguments(true) // one thread, since equal indices must not race
            .build());
  }

  private int width() {
    return (int) hidden.size(1);
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
    INDArray rows =
        layer == last
            ? Nd4j.pullRows(hidden, 1, outer)
            : Nd4j.pullRows(layers.reshape(-1, width()), 1, inLayer(layer, inner));
    double[] values = new double[inner.length * width()];
    rows.castTo(DataType.DOUBLE).data().asNioDouble().get(values);
    return values;
  }

  /** The rows of one layer among those of all layers. */
  private int[] inLayer(int layer, int[] rows) {
    int first = layer * (int) layers.size(1);
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
