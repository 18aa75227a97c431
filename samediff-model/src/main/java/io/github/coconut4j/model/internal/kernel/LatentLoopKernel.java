package io.github.coconut4j.model.internal.kernel;

import io.github.coconut4j.model.Precision;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The fused latent loop over ND4J arrays. It remembers the activations of its last forward call for
 * the backward call that follows; it serves one caller at a time.
 *
 * <p>Shapes: B rows, T columns, D width, n cells whose hidden state is asked for.
 */
public final class LatentLoopKernel implements AutoCloseable {

  /** Parameters before the layers' own: the position table. */
  private static final int LEADING = 1;

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
    transformer =
        new FusedTransformer(
            layers, width, heads, inner, (float) epsilon, precision, KernelThreads.count());
  }

  /**
   * Runs every pass.
   *
   * @param geometry INT32 position ids, attention mask and latent mask [B, T], then cells [n]
   * @param tokenEmbeddings [B, T, D]
   * @param parameters position table, each layer's twelve arrays in Hugging Face's order, the final
   *     norm's weight and bias
   * @param hidden [n, D], written
   * @param keepForBackward whether {@link #backward} follows
   */
  public void forward(
      List<INDArray> geometry,
      INDArray tokenEmbeddings,
      List<INDArray> parameters,
      INDArray hidden,
      boolean keepForBackward) {
    int[] cells = geometry.get(3).toIntVector();
    plan =
        LatentPlan.forCells(
            (int) tokenEmbeddings.size(0),
            (int) tokenEmbeddings.size(1),
            flat(geometry.get(0)),
            flat(geometry.get(1)),
            flat(geometry.get(2)),
            cells);
    plan.requirePositions(parameters.get(0).size(0));
    transformer.forward(
        plan,
        HostFloats.of(tokenEmbeddings),
        pointers(parameters),
        HostFloats.of(hidden),
        keepForBackward);
  }

  /**
   * Gradients of what the last forward call read.
   *
   * @param hiddenGradient [n, D]
   * @param parameters as given to that call
   * @param tokenGradient [B, T, D], written
   * @param gradients of the parameters' shapes, written
   */
  public void backward(
      INDArray hiddenGradient,
      List<INDArray> parameters,
      INDArray tokenGradient,
      List<INDArray> gradients) {
    transformer.backward(
        HostFloats.of(hiddenGradient),
        pointers(parameters),
        HostFloats.of(tokenGradient),
        pointers(gradients),
        (int) gradients.get(0).size(0));
  }

  @Override
  public void close() {
    transformer.close();
  }

  private static int[] flat(INDArray array) {
    return array.reshape(-1).toIntVector();
  }

  static TransformerParameters pointers(List<INDArray> parameters) {
    int end = parameters.size() - 2;
    List<FloatPointer[]> layers = new ArrayList<>();
    for (int i = LEADING; i < end; i += TransformerParameters.TENSORS_PER_LAYER) {
      layers.add(
          parameters.subList(i, i + TransformerParameters.TENSORS_PER_LAYER).stream()
              .map(HostFloats::of)
              .toArray(FloatPointer[]::new));
    }
    return new TransformerParameters(
        HostFloats.of(parameters.get(0)),
        layers,
        HostFloats.of(parameters.get(end)),
        HostFloats.of(parameters.get(end + 1)));
  }
}
