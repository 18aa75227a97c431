package io.github.coconut4j.model.loop;

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
   * layer.
   *
   * @param role of the layer's weight
   * @param from the first of the outputs
   * @param term inputs, and gradients of these outputs
   */
  record Part(Role role, long from, Linear.Term term) {

    /** All outputs of a layer. */
    static Part of(Role role, RowBuffer x, RowBuffer dy) {
      return new Part(role, 0, new Linear.Term(x.all(), dy.all()));
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
      LinearWeights layerGradients = gradients.linear(first.role(), layer);
      if (layerGradients.weight() != null || layerGradients.bias() != null) {
        long outputs = first.term().dy().columns();
        add(
            layerGradients.outputs(first.from(), outputs),
            outputs,
            workers.stream().map(parts -> parts.get(index).term()).toList());
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
