package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Decoding;

/**
 * Runs the transformer over a batch, pass by pass, feeding hidden states back as inputs (Coconut,
 * arXiv 2412.06769, section 3).
 *
 * <p>With E the token embeddings, P the position embeddings and H the final hidden states after the
 * final layer norm, the input at position (b, t) is
 *
 * <pre>
 *   x[b, t] = g(H[b, t - 1]) + P[id(b, t)]   if sequence b has a latent at t
 *   x[b, t] = E[b, t]        + P[id(b, t)]   elsewhere
 * </pre>
 *
 * with g the model's {@link io.github.coconut4j.model.ThoughtMapConfig}, and H[b, t] is computed
 * from the inputs at the time steps up to t that are not padding. All implementations have the same
 * parameters, outputs and gradients, up to rounding; {@link BatchLayout} lists the passes.
 *
 * <p>Shapes: B sequences, T time steps, D width, n queried positions.
 */
public interface LatentLoop extends AutoCloseable {

  /**
   * Adds the loop to the graph of its inputs.
   *
   * @throws IllegalArgumentException if all positions of the layout have been read
   */
  LoopStates states(LoopInputs inputs, BatchLayout layout);

  /** Whether a graph serves only batches with the visits that it was built for. */
  boolean dependsOnVisits();

  /**
   * Makes a decoding without sequences; the caller closes it.
   *
   * @param weights the model's weights, the same in every call
   * @param precision of the linear layers' products, the same in every call
   */
  Decoding decoding(Weights weights, Precision precision);

  /** Frees the memory that ended decodings left for later ones. */
  @Override
  void close();
}
