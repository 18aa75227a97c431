package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Orientation;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.DropoutSite;
import io.github.coconut4j.model.op.FrozenOperand;
import java.util.function.Function;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The layers that transformers consist of, as SameDiff operations on rows [n, width]: linear layers
 * with their adapters, norms, activations. A layer is found by its role and the number of its
 * block.
 *
 * <p>Norms and GELU consist of elementary operations, because the gradients of ND4J's own ops for
 * them are many times slower.
 */
@RequiredArgsConstructor
final class GraphLayers {

  private static final double GELU_SCALE = Math.sqrt(2 / Math.PI);
  private static final double GELU_CUBE = 0.044715;

  private final SameDiff sameDiff;

  /** The variable of a parameter, by its Hugging Face name. */
  private final Function<String, SDVariable> parameters;

  private final TransformerConfig config;
  private final ParameterLayout layout;

  /** A layer's weight, or a table. */
  SDVariable weight(Role role, int layer) {
    return parameters.apply(parameter(role, layer).name());
  }

  private Parameter parameter(Role role, int layer) {
    return layout.loopParameters().get(layout.loopIndex(role, layer));
  }

  /** A layer's bias, or null. */
  private SDVariable bias(Role role, int layer) {
    int weight = layout.loopIndex(role, layer);
    return layout.hasBias(weight)
        ? parameters.apply(layout.loopParameters().get(weight + 1).name())
        : null;
  }

  /** x W (+ b) (+ s (m ⊙ x) Aᵀ Bᵀ), with W stored [in, out] or [out, in]. */
  SDVariable linear(SDVariable x, Role role, int layer, PassDropout dropout) {
    SDVariable product = product(x, parameter(role, layer));
    SDVariable bias = bias(role, layer);
    SDVariable sum = bias == null ? product : sum(product, bias);
    if (layout.find(role, layer, Kind.LORA_A) < 0) {
      return sum;
    }
    SDVariable kept = dropout.dropped(DropoutSite.ofAdapter(role), layer, x);
    return sum.add(adapted(kept, role, layer));
  }

  /** x W or x Wᵀ; ND4J's op would compute a gradient of a frozen weight too. */
  private SDVariable product(SDVariable x, Parameter parameter) {
    SDVariable weight = parameters.apply(parameter.name());
    boolean outIn = parameter.orientation() == Orientation.OUT_IN;
    if (weight.isConstant()) {
      return FrozenOperand.product(x, weight, outIn);
    }
    if (parameter.shape()[outIn ? 0 : 1] == 1) {
      // ND4J's matmul_bp treats a product with one element, from a single position, as a scalar.
      return x.mul(outIn ? weight : weight.reshape(1, -1)).sum(true, 1);
    }
    return sameDiff.mmul(x, weight, false, outIn, false);
  }

  private static SDVariable sum(SDVariable x, SDVariable bias) {
    return bias.isConstant() ? FrozenOperand.sum(x, bias) : x.add(bias);
  }

  private static SDVariable scaled(SDVariable x, SDVariable scale) {
    return scale.isConstant() ? FrozenOperand.scaled(x, scale) : x.mul(scale);
  }

  /** s x Aᵀ Bᵀ, with A [r, in] and B [out, r]. */
  private SDVariable adapted(SDVariable x, Role role, int layer) {
    SDVariable reduced = product(x, adapter(role, layer, Kind.LORA_A));
    SDVariable scaled = reduced.mul(layout.adapterScale(role, layer));
    return product(scaled, adapter(role, layer, Kind.LORA_B));
  }

  private Parameter adapter(Role role, int layer, Kind kind) {
    return layout.loopParameters().get(layout.find(role, layer, kind));
  }

  /** Layer norm, or RMS norm without a shift. */
  SDVariable norm(SDVariable x, Role role, int layer) {
    SDVariable scale = weight(role, layer);
    long width = parameter(role, layer).shape()[0];
    SDVariable shift = bias(role, layer);
    double epsilon =
        role == Role.THOUGHT_NORM ? ThoughtMapConfig.NORM_EPSILON : config.getLayerNormEpsilon();
    if (shift == null) {
      return scaled(normalized(x, width, epsilon), scale);
    }
    SDVariable centred = x.sub(acrossWidth(x.mean(true, 1), width));
    return sum(scaled(normalized(centred, width, epsilon), scale), shift);
  }

  /** x / sqrt(mean square + epsilon). */
  SDVariable normalized(SDVariable x, long width, double epsilon) {
    SDVariable meanSquare = sameDiff.math().square(x).mean(true, 1);
    SDVariable root = sameDiff.math().sqrt(meanSquare.add(epsilon));
    return x.div(acrossWidth(root, width));
  }

  /**
   * [n, 1] -> [n, width]. With broadcasting, the gradient of a division would be wrong for a single
   * position: ND4J's divide_bp treats a divisor with one element as a scalar and multiplies sums
   * instead of summing products.
   */
  private SDVariable acrossWidth(SDVariable column, long width) {
    return column.mmul(sameDiff.constant(Nd4j.ones(column.dataType(), 1, width)));
  }

  /** f(x), element by element. */
  SDVariable activated(Activation activation, SDVariable x) {
    return switch (activation) {
      case GELU_NEW, GELU_PYTORCH_TANH -> geluTanh(x);
      case GELU -> sameDiff.math().erf(x.mul(Math.sqrt(0.5))).add(1).mul(x).mul(0.5);
      case RELU -> sameDiff.nn().relu(x, 0);
      case SILU -> sameDiff.nn().sigmoid(x).mul(x);
    };
  }

  /** x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))). */
  private SDVariable geluTanh(SDVariable x) {
    SDVariable cubed = sameDiff.math().square(x).mul(x);
    SDVariable inner = x.add(cubed.mul(GELU_CUBE)).mul(GELU_SCALE);
    return sameDiff.math().tanh(inner).add(1).mul(x).mul(0.5);
  }
}
