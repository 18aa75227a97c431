package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;

/**
 * The latent loop of a GPT-2 transformer on oneDNN: forward over all passes, and back through them.
 *
 * <p>Rows of a batch are independent until the weights' gradients, so they are split among worker
 * threads, each with its own buffers. Buffers grow with the batches and are then reused. An
 * instance serves one caller at a time; {@link #close()} frees its native memory and threads.
 */
public final class FusedTransformer implements AutoCloseable {

  private final TransformerShape shape;
  private final Workers workers;
  private final List<Kernels> kernels = new ArrayList<>();
  private final List<SlicePasses> slices = new ArrayList<>();
  private final List<SlicePasses> active = new ArrayList<>();
  private LatentPlan current;

  /** A transformer on as many threads as the machine has processors. */
  public FusedTransformer(int layers, int width, int heads, int inner, float epsilon) {
    this(layers, width, heads, inner, epsilon, Runtime.getRuntime().availableProcessors());
  }

  /**
   * @param layers number of layers, at least 1
   * @param width floats of a hidden state, a multiple of {@code heads}
   * @param heads attention heads
   * @param inner width of the feed-forward layer
   * @param epsilon what layer normalisation adds to the variance
   * @param threads worker threads, at least 1
   */
  public FusedTransformer(int layers, int width, int heads, int inner, float epsilon, int threads) {
    shape = new TransformerShape(layers, width, heads, inner, epsilon);
    if (threads < 1) {
      throw new IllegalArgumentException("At least one thread is needed; found " + threads);
    }
    workers = new Workers(threads);
    for (int i = 0; i < threads; i++) {
      Kernels own = new Kernels();
      kernels.add(own);
      slices.add(new SlicePasses(shape, own));
    }
  }

  /** Whether oneDNN's native libraries load here. */
  public static boolean isAvailable() {
    return unavailableReason().isEmpty();
  }

  /** Why this class cannot be used here; empty if it can. */
  public static Optional<String> unavailableReason() {
    try {
      Loader.load(org.bytedeco.dnnl.global.dnnl.class);
      return Optional.empty();
    } catch (LinkageError | RuntimeException e) {
      return Optional.of(
          "oneDNN's native libraries do not load on " + Loader.getPlatform() + ": " + e);
    }
  }

  /**
   * Runs all passes.
   *
   * @param tokenEmbeddings [rows, columns, width]; latent cells are not read
   * @param hiddenOut [{@code plan.hiddenCells().length}, width], overwritten
   * @param keepForBackward whether {@link #backward} follows for this batch
   */
  public void forward(
      LatentPlan plan,
      FloatPointer tokenEmbeddings,
      TransformerParameters weights,
      FloatPointer hiddenOut,
      boolean keepForBackward) {
    requireLayers(weights);
    EmbeddedTokens tokens = embedded(plan, tokenEmbeddings);
    start(plan);
    workers.run(
        active.size(),
        part -> {
          SlicePasses slice = active.get(part);
          int from = firstRow(part);
          int to = firstRow(part + 1);
          if (keepForBackward) {
            slice.startKept(plan, from, to);
          } else {
            slice.startForwardOnly(plan, from, to, plan.columns());
          }
          slice.forward(tokens, weights, hiddenOut.address());
        });
  }

  /**
   * The gradients of everything that the last {@link #forward} call read. All outputs are
   * overwritten.
   *
   * @param hiddenGradients gradient of that call's hidden states
   * @param weights the same values as then
   * @param tokenGradients [rows, columns, width]; 0 at latent cells
   * @param gradients of the position embedding, the layers and the final norm
   * @param positions lines of the position embedding
   * @throws IllegalStateException if no forward call kept its activations
   */
  public void backward(
      FloatPointer hiddenGradients,
      TransformerParameters weights,
      FloatPointer tokenGradients,
      TransformerParameters gradients,
      int positions) {
    requireLayers(weights);
    requireLayers(gradients);
    if (current == null) {
      throw new IllegalStateException("No forward call precedes this backward call");
    }
    EmbeddedTokens tokens = embedded(current, tokenGradients);
    workers.run(
        active.size(),
        part -> active.get(part).backward(hiddenGradients.address(), weights, tokens));
    List<SliceState> states = active.stream().map(SlicePasses::state).toList();
    workers.run(
        workers.count(),
        part -> {
          new WeightGradients(shape, kernels.get(part), part, workers.count())
              .compute(states, gradients);
          if (part == workers.count() - 1) {
            new VectorGradients(shape).norms(states, gradients);
            new VectorGradients(shape).positions(states, gradients.positionEmbedding(), positions);
          }
        });
  }

  /**
   * The transformer's inputs of the last {@link #forward} call before positions are added: token
   * embeddings, and hidden states at latent cells.
   *
   * @param tokenEmbeddings as given to that call
   * @param target [rows, columns, width], overwritten
   */
  public void inputEmbeddings(FloatPointer tokenEmbeddings, FloatPointer target) {
    EmbeddedTokens tokens = embedded(current, tokenEmbeddings);
    EmbeddedTokens copies = embedded(current, target);
    workers.run(active.size(), part -> active.get(part).copyInputs(tokens, copies));
  }

  private void start(LatentPlan plan) {
    current = plan;
    active.clear();
    active.addAll(slices.subList(0, Math.min(plan.rows(), slices.size())));
  }

  private int firstRow(int part) {
    return (int) ((long) current.rows() * part / active.size());
  }

  private EmbeddedTokens embedded(LatentPlan plan, FloatPointer pointer) {
    return new EmbeddedTokens(pointer.address(), plan.columns(), 0, shape.width());
  }

  private void requireLayers(TransformerParameters parameters) {
    if (parameters.layerCount() != shape.layers()) {
      throw new IllegalArgumentException(
          "The transformer has "
              + shape.layers()
              + " layers; found parameters of "
              + parameters.layerCount());
    }
  }

  @Override
  public void close() {
    workers.run(
        workers.count(),
        part -> {
          slices.get(part).close();
          kernels.get(part).close();
        });
    workers.close();
  }
}
