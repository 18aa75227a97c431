package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;

/**
 * One thread's columns of the linear layers' parameter gradients: each is one product over the
 * positions of all workers and passes, of whose outputs every thread computes a range.
 *
 * @param linear of the thread
 * @param gradients written
 * @param thread number of the thread
 * @param threads how many there are
 */
record GradientSums(Linear linear, Parameters gradients, int thread, int threads) {

  /** Outputs of a layer are divided in multiples of an AVX-512 register. */
  private static final int OUTPUT_STEP = 16;

  /**
   * What one worker's positions, of all passes, give to the gradients of some outputs of a linear
   * layer: of its weight and bias, or of a factor of its adapter.
   *
   * @param role of the layer's weight
   * @param kind {@code WEIGHT}, which the bias goes with, {@code LORA_A} or {@code LORA_B}
   * @param from the first of the outputs
   * @param terms inputs, and gradients of these outputs; dA = uᵀ · x has u for inputs and x for
   *     gradients, so that threads share it by the columns of x
   */
  record Part(Role role, Kind kind, long from, List<Linear.Term> terms) {

    /** Where it goes. */
    LinearWeights target(LinearWeights gradients) {
      LinearWeights whole =
          switch (kind) {
            case LORA_A -> new LinearWeights(gradients.adapter().a(), null, false);
            case LORA_B -> new LinearWeights(gradients.adapter().b(), null, true);
            default -> new LinearWeights(gradients.weight(), gradients.bias(), gradients.outIn());
          };
      return whole.outputs(from, terms.get(0).dy().columns());
    }
  }

  /**
   * The gradients of a layer's weights and biases that are trained.
   *
   * @param workers each worker's parts, in one order
   */
  void add(int layer, List<List<Part>> workers) {
    for (int i = 0; i < workers.get(0).size(); i++) {
      int index = i;
      Part first = workers.get(0).get(i);
      LinearWeights target = first.target(gradients.linear(first.role(), layer));
      if (target.weight() != null || target.bias() != null) {
        add(
            target,
            first.terms().get(0).dy().columns(),
            workers.stream().flatMap(parts -> parts.get(index).terms().stream()).toList());
      }
    }
  }

  private void add(LinearWeights outputs, long count, List<Linear.Term> terms) {
    Range own = Range.of(count, thread, threads, OUTPUT_STEP);
    if (own.size() > 0) {
      linear.parameterGradients(
          terms.stream().map(term -> term.columns(own.from(), own.size())).toList(),
          outputs.outputs(own.from(), own.size()));
    }
  }
}
