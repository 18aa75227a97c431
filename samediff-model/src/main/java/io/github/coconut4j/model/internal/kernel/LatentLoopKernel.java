package io.github.coconut4j.model.internal.kernel;

import io.github.coconut4j.model.Precision;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The fused latent loop over ND4J arrays. It remembers the activations of its last forward call for
 * the backward call that follows; it serves one caller at a time.
 *
 * <p>Shapes: B rows, T columns, D width, n cells whose hidden state is asked for.
 */
public final class LatentLoopKernel implements AutoCloseable {

  private final TransformerShape shape;
  private final FusedTransformer transformer;

  /** Plan of the last forward call. */
  private LatentPlan plan;

  /**
   * @param layers number of layers
   * @param width D
   * @param heads number of attention heads
   * @param inner width of the feed-forward layer
   * @param epsilon of the layer norms
   * @param precision of the linear layers
   */
  public LatentLoopKernel(
      int layers, int width, int heads, int inner, double epsilon, Precision precision) {
    shape = new TransformerShape(layers, width, heads, inner, (float) epsilon);
    transformer =
        new FusedTransformer(
            layers, width, heads, inner, (float) epsilon, precision, KernelThreads.count());
  }

  /**
   * Runs every pass.
   *
   * @param geometry INT32 position ids, attention mask and latent mask [B, T], then cells [n],
   *     ascending
   * @param tokenEmbeddings [B, T, D]
   * @param parameters position table, each layer's twelve arrays in Hugging Face's order, the final
   *     norm's weight and bias
   * @param hidden [n, D], written
   * @param keepForBackward whether {@link #backward} follows
   * @throws IllegalArgumentException if an array is of another shape, or a position id or cell is
   *     out of range
   */
  public void forward(
      List<INDArray> geometry,
      INDArray tokenEmbeddings,
      List<INDArray> parameters,
      INDArray hidden,
      boolean keepForBackward) {
    TransformerParameters weights = ParameterArrays.of(shape, parameters);
    LatentPlan next = plan(geometry, tokenEmbeddings);
    next.requirePositions(parameters.get(0).size(0));
    HostFloats embeddings =
        HostFloats.read(
            tokenEmbeddings, "token embeddings", next.rows(), next.columns(), shape.width());
    HostFloats states = HostFloats.of(hidden, "hidden states", next.hiddenCount(), shape.width());
    transformer.forward(next, embeddings, weights, states, keepForBackward);
    plan = next;
    HostFloats.hold(embeddings, weights, states);
  }

  private static LatentPlan plan(List<INDArray> geometry, INDArray tokenEmbeddings) {
    long rows = tokenEmbeddings.size(0);
    long columns = tokenEmbeddings.size(1);
    return LatentPlan.forCells(
        (int) rows,
        (int) columns,
        flat(geometry.get(0), "position ids", rows, columns),
        flat(geometry.get(1), "an attention mask", rows, columns),
        flat(geometry.get(2), "a latent mask", rows, columns),
        flat(geometry.get(3), "cells", geometry.get(3).length()));
  }

  /**
   * Gradients of what the last forward call read.
   *
   * @param hiddenGradient [n, D]
   * @param parameters as given to that call
   * @param tokenGradient [B, T, D], written
   * @param gradients of the parameters' shapes, written
   * @throws IllegalArgumentException if an array is of another shape
   * @throws IllegalStateException if no forward call kept its activations
   */
  public void backward(
      INDArray hiddenGradient,
      List<INDArray> parameters,
      INDArray tokenGradient,
      List<INDArray> gradients) {
    if (plan == null) {
      throw new IllegalStateException("No forward call precedes this call");
    }
    TransformerParameters weights = ParameterArrays.of(shape, parameters);
    TransformerParameters outputs = ParameterArrays.of(shape, gradients);
    plan.requirePositions(gradients.get(0).size(0));
    HostFloats states =
        HostFloats.read(
            hiddenGradient, "hidden states' gradients", plan.hiddenCount(), shape.width());
    HostFloats embeddings =
        HostFloats.of(
            tokenGradient, "token embeddings", plan.rows(), plan.columns(), shape.width());
    int positions = (int) gradients.get(0).size(0);
    transformer.backward(states, weights, embeddings, outputs, positions);
    HostFloats.hold(states, weights, embeddings, outputs);
  }

  @Override
  public void close() {
    transformer.close();
  }

  /**
   * Values of an INT32 array.
   *
   * @throws IllegalArgumentException if it is of another shape
   */
  static int[] flat(INDArray array, String name, long... shape) {
    if (!Arrays.equals(array.shape(), shape)) {
      throw new IllegalArgumentException(
          "The fused kernels need %s of shape %s, but were given %s."
              .formatted(name, Arrays.toString(shape), Arrays.toString(array.shape())));
    }
    return array.reshape(-1).toIntVector();
  }
}
