package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.TransformerConfig;
import java.util.List;

/**
 * The map from hidden states to the inputs of a worker's latents, z = g(h), and its gradients.
 * Latents are numbered pass by pass: every visit of one has its own row.
 *
 * <p>Shapes: h and z [n, d].
 */
interface ThoughtMap extends AutoCloseable {

  /**
   * The inputs of the latents of a pass.
   *
   * @param matrix the matrix with the inputs
   * @param rows the latents' rows there, or null for 0, 1, 2, …
   */
  record Latents(Matrix matrix, int[] rows) {}

  /** Makes the map of a model. */
  static ThoughtMap of(TransformerConfig config, LayerOperations operations) {
    return switch (config.getThoughtMap().getKind()) {
      case IDENTITY -> new ThoughtIdentity(operations);
      case PROJECTION ->
          new MappedThoughts(config, operations, new ThoughtProjector(config, operations));
      case SCALE -> new MappedThoughts(config, operations, new ThoughtScaler(config, operations));
    };
  }

  /** Makes room for this many latents. */
  void reserve(long latents);

  /** Makes the first row of the buffers stand for a later latent, if no backward pass follows. */
  void startAt(long latent);

  /**
   * z of a pass's latents.
   *
   * @param hidden final hidden states by query
   */
  Latents forward(Pass pass, Matrix hidden, Parameters parameters);

  /** z of as many hidden states as reserved. */
  void map(Matrix hidden, Parameters parameters, Matrix latents);

  /** Sets the sums over passes to 0. */
  void startGradients();

  /**
   * Adds the contributions of a pass's latents to the hidden states' gradients, and stores those to
   * the parameters' gradients.
   *
   * @param constant latents of the pass whose inputs count as constants, by their index in it,
   *     ascending; they contribute nothing
   * @param inputGradient gradient of the pass's inputs
   * @param hiddenGradient by query, added to
   */
  void backward(
      Pass pass,
      int[] constant,
      Matrix inputGradient,
      Parameters parameters,
      Matrix hiddenGradient);

  /** The contributions of all passes' latents to the gradients of linear layers. */
  List<GradientSums.Part> gradientParts();

  /** The norms that have parameters. */
  List<Norm> norms();

  @Override
  void close();
}
