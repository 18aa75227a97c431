package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One thread's columns of the linear layers' parameter gradients. Each gradient is one product over
 * the positions of all workers and passes, and every thread computes a range of its outputs.
 *
 * @param operations of the thread
 * @param gradients written
 * @param thread number of the thread
 * @param threads how many there are
 */
record GradientSums(LayerOperations operations, Parameters gradients, int thread, int threads) {

  /** Outputs of a layer are divided in multiples of an AVX-512 register. */
  private static final int OUTPUT_STEP = 16;

  /**
   * The contribution of one worker's positions, in all passes, to the gradients of some outputs of
   * a linear layer: of its weight and bias, or of a factor of its adapter.
   *
   * @param role of the layer's weight
   * @param kind {@code WEIGHT}, which includes the bias, {@code LORA_A} or {@code LORA_B}
   * @param from the first of the outputs
   * @param terms inputs, and gradients of these outputs; for dA = uᵀ · x, u are the inputs and x
   *     the gradients, so that threads divide the columns of x
   * @param sums gradients that the worker has already summed, instead of terms
   */
  record Part(Role role, Kind kind, long from, List<Linear.Term> terms, List<Matrix> sums) {

    /** A part given as products to be summed. */
    Part(Role role, Kind kind, long from, List<Linear.Term> terms) {
      this(role, kind, from, terms, List.of());
    }

    /** A part given as a gradient that the worker has already summed. */
    static Part ofSum(Role role, Kind kind, Matrix sum) {
      return new Part(role, kind, 0, List.of(), List.of(sum));
    }

    /** This contribution and another one to the same gradient. */
    Part and(Part other) {
      return new Part(role, kind, from, joined(terms, other.terms), joined(sums, other.sums));
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
      return Stream.concat(first.stream(), second.stream()).toList();
    }

    /** Number of outputs. */
    long outputs() {
      return terms.isEmpty() ? sums.get(0).columns() : terms.get(0).dy().columns();
    }

    /** The gradients that it is added to. */
    LinearWeights target(LinearWeights gradients) {
      LinearWeights whole =
          switch (kind) {
            case LORA_A -> new LinearWeights(gradients.adapter().a(), null, false);
            case LORA_B -> new LinearWeights(gradients.adapter().b(), null, true);
            default -> new LinearWeights(gradients.weight(), gradients.bias(), gradients.outIn());
          };
      return whole.outputs(from, outputs());
    }
  }

  /**
   * Writes the gradients of a layer's trained weights and biases.
   *
   * @param workers each worker's parts, in the same order
   */
  void add(int layer, List<List<Part>> workers) {
    for (int i = 0; i < workers.get(0).size(); i++) {
      int index = i;
      Part first = workers.get(0).get(i);
      LinearWeights target = first.target(gradients.linear(first.role(), layer));
      if (target.weight() != null || target.bias() != null) {
        Part all = workers.stream().map(parts -> parts.get(index)).reduce(Part::and).orElseThrow();
        add(target, all);
      }
    }
  }

  private void add(LinearWeights target, Part all) {
    Range own = Range.of(all.outputs(), thread, threads, OUTPUT_STEP);
    if (own.size() == 0) {
      return;
    }
    LinearWeights outputs = target.outputs(own.from(), own.size());
    if (all.sums().isEmpty()) {
      operations
          .linear()
          .parameterGradients(
              all.terms().stream().map(term -> term.columns(own.from(), own.size())).toList(),
              false,
              outputs);
    } else {
      addUp(
          all.sums().stream().map(sum -> sum.columns(own.from(), own.size())).toList(),
          outputs.weight());
    }
  }

  private void addUp(List<Matrix> sums, Matrix target) {
    int[] rows = IntStream.range(0, (int) target.rows()).toArray();
    operations.copyRows(sums.get(0), rows, target, null);
    sums.subList(1, sums.size())
        .forEach(sum -> operations.addRows(target, null, sum, null, target, rows));
  }
}
