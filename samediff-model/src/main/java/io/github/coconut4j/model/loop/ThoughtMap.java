package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.TransformerConfig;
import java.util.List;

/**
 * What a worker's latents are fed of the hidden states before them, z = g(h), and its gradients.
 * Latents are numbered pass by pass: every visit of one has a row of its own.
 *
 * <p>Shapes: h and z [n, d].
 */
interface ThoughtMap extends AutoCloseable {

  /**
   * What the latents of a pass are fed.
   *
   * @param matrix that it is in
   * @param rows the latents' rows there, or null for 0, 1, 2, …
   */
  record Latents(Matrix matrix, int[] rows) {}

  /** The map of a model. */
  static ThoughtMap of(TransformerConfig config, LayerOperations operations) {
    return switch (config.getThoughtMap().getKind()) {
      case IDENTITY -> new ThoughtIdentity(operations);
      case PROJECTION ->
          new MappedThoughts(config, operations, new ThoughtProjector(config, operations));
      case SCALE -> new MappedThoughts(config, operations, new ThoughtScaler(config, operations));
    };
  }

  /** Makes room for so many latents. */
  void reserve(long latents);

  /** Lets the first row stand for a later latent, where no backward pass follows. */
  void startAt(long latent);

  /**
   * z of a pass's latents.
   *
   * @param hidden final hidden states by query
   */
  Latents forward(Pass pass, Matrix hidden, Parameters parameters);

  /** z of as many hidden states as room was made for. */
  void map(Matrix hidden, Parameters parameters, Matrix latents);

  /** Sets what is summed up over the passes to 0. */
  void startGradients();

  /**
   * Adds to the hidden states' gradients what a pass's latents give, and keeps what they give to
   * the parameters'.
   *
   * @param constant latents of the pass whose inputs count as constant, by their numbers on it,
   *     ascending; they give nothing
   * @param inputGradient of the pass's positions
   * @param hiddenGradient by query, added to
   */
  void backward(
      Pass pass,
      int[] constant,
      Matrix inputGradient,
      Parameters parameters,
      Matrix hiddenGradient);

  /** What the latents of all passes give to the gradients of linear layers. */
  List<GradientSums.Part> gradientParts();

  /** The norms that have parameters. */
  List<Norm> norms();

  @Override
  void close();
}
