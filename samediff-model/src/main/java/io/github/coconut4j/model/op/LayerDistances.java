package io.github.coconut4j.model.op;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
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

  /** Number of the final hidden states among the compared layers. */
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

  /** Of the op's inputs. */
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
      double[] difference = difference(layer, teacher);
      double distance = Arrays.stream(difference).map(LayerDistances::smooth).average().orElse(0);
      sum += distance / deviation(teacher);
    }
    return sum / (last + 1 - firstLayer);
  }

  /**
   * Gradients of {@code factor} times the mean, overwriting.
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
      INDArray target = layer == last ? hiddenGradient : layersGradient.slice(layer);
      addRows(gradient, layer == last ? finalStudents : students, target);
    }
  }

  private void addRows(double[] gradient, int[] rows, INDArray target) {
    int width = width();
    for (int i = 0; i < rows.length; i++) {
      double[] own = Arrays.copyOfRange(gradient, i * width, (i + 1) * width);
      target.getRow(rows[i]).addi(Nd4j.createFromArray(own).castTo(target.dataType()));
    }
  }

  private int width() {
    return (int) hidden.size(1);
  }

  /** Students' hidden states less their teachers'. */
  private double[] difference(int layer, double[] teacher) {
    double[] difference = values(layer, students, finalStudents);
    for (int i = 0; i < difference.length; i++) {
      difference[i] -= teacher[i];
    }
    return difference;
  }

  /** Hidden states of a layer [s · D]. */
  private double[] values(int layer, int[] inner, int[] outer) {
    INDArray states = layer == last ? hidden : layers.slice(layer);
    int width = width();
    double[] values = new double[inner.length * width];
    for (int i = 0; i < inner.length; i++) {
      double[] row = states.getRow(layer == last ? outer[i] : inner[i]).toDoubleVector();
      System.arraycopy(row, 0, values, i * width, width);
    }
    return values;
  }

  private static double smooth(double x) {
    double magnitude = Math.abs(x);
    return magnitude < 1 ? x * x / 2 : magnitude - 0.5;
  }

  private static double deviation(double[] values) {
    double mean = Arrays.stream(values).average().orElse(0);
    double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
    return Math.sqrt(squares / (values.length - 1));
  }
}
