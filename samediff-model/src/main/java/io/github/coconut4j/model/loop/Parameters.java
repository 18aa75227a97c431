package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Orientation;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The parameters that the latent loop reads, or their gradients, in a device's memory. Each matrix
 * keeps its array reachable. The gradient of a parameter that is not trained is null.
 */
final class Parameters {

  private final ParameterLayout layout;
  private final List<Matrix> matrices;

  private Parameters(ParameterLayout layout, List<Matrix> matrices) {
    this.layout = layout;
    this.matrices = matrices;
  }

  /**
   * Places parameters on a device.
   *
   * @param arrays in the layout's order, without the tables of tokens and outputs
   * @param place makes a matrix of an array that has its parameter's shape
   * @throws IllegalArgumentException if their number differs from the layout's
   */
  static Parameters of(
      ParameterLayout layout,
      List<INDArray> arrays,
      BiFunction<INDArray, Parameter, Matrix> place) {
    List<Parameter> parameters = layout.loopParameters();
    if (arrays.size() != parameters.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The transformer has %d parameters besides its tables of tokens and outputs; found %d.",
              parameters.size(),
              arrays.size()));
    }
    Matrix[] matrices = new Matrix[arrays.size()];
    for (int i = 0; i < matrices.length; i++) {
      matrices[i] = place.apply(arrays.get(i), parameters.get(i));
    }
    return new Parameters(layout, Arrays.asList(matrices));
  }

  /** Parameters at the places that a function returns; null for none. */
  static Parameters of(ParameterLayout layout, Function<Parameter, Matrix> place) {
    Matrix[] matrices = layout.loopParameters().stream().map(place).toArray(Matrix[]::new);
    return new Parameters(layout, Arrays.asList(matrices));
  }

  /** The matrix from which a device reads a parameter's values. */
  static Matrix input(Device device, INDArray array, Parameter parameter) {
    return parameter.mayBeBfloat16()
        ? device.weight(array, parameter.name(), parameter.shape())
        : device.input(array, parameter.name(), parameter.shape());
  }

  /** A layer's weight; that of a norm is its scale [1, d]. */
  Matrix weight(Role role, int layer) {
    return matrices.get(layout.loopIndex(role, layer));
  }

  /** A layer's bias [1, out], or null if it has none; that of a norm is its shift. */
  Matrix bias(Role role, int layer) {
    int index = layout.loopIndex(role, layer);
    return layout.hasBias(index) ? matrices.get(index + 1) : null;
  }

  /** A linear layer's weight, bias and adapter. */
  LinearWeights linear(Role role, int layer) {
    Parameter weight = layout.loopParameters().get(layout.loopIndex(role, layer));
    return new LinearWeights(
        weight(role, layer),
        bias(role, layer),
        weight.orientation() == Orientation.OUT_IN,
        layout.hasAdapters() ? adapter(role, layer) : null);
  }

  private LowRank adapter(Role role, int layer) {
    int a = layout.find(role, layer, Kind.LORA_A);
    return a < 0
        ? null
        : new LowRank(
            matrices.get(a),
            matrices.get(layout.find(role, layer, Kind.LORA_B)),
            (float) layout.adapterScale(role, layer));
  }

  /** The parameters of one layer. */
  LayerParameters ofLayer(int layer) {
    return new LayerParameters(this, layer);
  }

  /** The parameters outside the blocks. */
  LayerParameters outsideBlocks() {
    return ofLayer(ParameterLayout.NO_LAYER);
  }

  /** Whether a layer has a weight of that role. */
  boolean has(Role role, int layer) {
    return layout.has(role, layer);
  }
}
