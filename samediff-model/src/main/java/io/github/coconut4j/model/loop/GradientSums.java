package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;

/**
 * One thread's columns of the linear layers' parameter gradients: each is one product over the
 * positions of all workers and passes, of whose columns every thread computes a range.
 *
 * @param linear of the thread
 * @param gradients written
 * @param thread number of the thread
 * @param threads how many there are
 */
record GradientSums(Linear linear, Parameters gradients, int thread, int threads) {

  /** Columns of a weight are divided in multiples of an AVX-512 register. */
  private static final int COLUMN_STEP = 16;

  /** The gradients of a layer's weight and bias. */
  void add(Role role, int layer, List<Linear.Term> terms) {
    add(gradients.weight(role, layer), gradients.bias(role, layer), terms);
  }

  /** The gradients of some of its columns. */
  void add(Role role, int layer, long from, long count, List<Linear.Term> terms) {
    add(
        gradients.weight(role, layer).columns(from, count),
        gradients.bias(role, layer).columns(from, count),
        terms);
  }

  private void add(Matrix weight, Matrix bias, List<Linear.Term> terms) {
    Range own = Range.of(weight.columns(), thread, threads, COLUMN_STEP);
    linear.parameterGradients(
        terms.stream().map(term -> term.columns(own.from(), own.size())).toList(),
        weight.columns(own.from(), own.size()),
        bias.columns(own.from(), own.size()));
  }
}
