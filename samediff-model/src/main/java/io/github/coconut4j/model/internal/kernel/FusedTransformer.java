package io.github.coconut4j.model.internal.kernel;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;

import io.github.coconut4j.model.Precision;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The latent loop of a GPT-2 transformer on oneDNN: forward over all passes, and back through them.
 *
 * <p>Rows of a batch are independent until the weights' gradients, so they are split among worker
 * threads, each with its own buffers. Buffers grow with the batches and are then reused. An
 * instance serves one caller at a time; {@link #close()} frees its native memory and threads.
 */
public final class FusedTransformer implements AutoCloseable {

  private final TransformerShape shape;
  private final SliceTeam team;

  /** The batch whose activations are at hand, or null. */
  private LatentPlan current;

  /**
   * @param layers number of layers, at least 1
   * @param width floats of a hidden state, a multiple of {@code heads}
   * @param heads attention heads
   * @param inner width of the feed-forward layer
   * @param epsilon what layer normalisation adds to the variance
   * @param precision of the linear layers
   * @param threads worker threads, at least 1
   */
  FusedTransformer(
      int layers,
      int width,
      int heads,
      int inner,
      float epsilon,
      Precision precision,
      int threads) {
    shape = new TransformerShape(layers, width, heads, inner, epsilon);
    team = new SliceTeam(shape, threads, precision);
  }

  /** Whether oneDNN's native libraries load here. */
  public static boolean isAvailable() {
    return unavailableReason().isEmpty();
  }

  /** Why this class cannot be used here; empty if it can. */
  public static Optional<String> unavailableReason() {
    // Its kernels write where a device would not look for newer values.
    OpExecutioner.ExecutionerType backend = Nd4j.getExecutioner().type();
    if (backend != OpExecutioner.ExecutionerType.NATIVE_CPU) {
      return Optional.of("it runs on processors, and ND4J's backend is " + backend);
    }
    try {
      Loader.load(org.bytedeco.dnnl.global.dnnl.class);
      return Optional.empty();
    } catch (LinkageError | RuntimeException e) {
      return Optional.of(
          "oneDNN's native libraries do not load on " + Loader.getPlatform() + ": " + e);
    }
  }

  /** Whether the processor multiplies in bfloat16, which is only then worth the rounding. */
  public static boolean hasBfloat16() {
    int isa = dnnl_get_effective_cpu_isa();
    return (isa & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
  }

  /**
   * Runs all passes.
   *
   * @param tokenEmbeddings [rows, columns, width]; latent cells are not read
   * @param hiddenOut [{@code plan.hiddenCells().length}, width], overwritten
   * @param keepForBackward whether {@link #backward} follows for this batch
   */
  void forward(
      LatentPlan plan,
      FloatPointer tokenEmbeddings,
      TransformerParameters weights,
      FloatPointer hiddenOut,
      boolean keepForBackward) {
    shape.requireLayers(weights);
    EmbeddedTokens tokens = embedded(plan, tokenEmbeddings);
    current = null; // until the buffers are whole
    team.divide(plan.rows());
    team.run(
        (slice, rows) -> {
          if (keepForBackward) {
            slice.startKept(plan, rows);
          } else {
            slice.startForwardOnly(plan, rows, plan.columns());
          }
          slice.forward(tokens, weights, hiddenOut.address());
        });
    HostFloats.hold(tokenEmbeddings, weights, hiddenOut);
    current = plan;
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
   * @throws IllegalStateException if no forward call kept its activations, or they were used up
   */
  void backward(
      FloatPointer hiddenGradients,
      TransformerParameters weights,
      FloatPointer tokenGradients,
      TransformerParameters gradients,
      int positions) {
    shape.requireLayers(weights);
    shape.requireLayers(gradients);
    requireForward();
    EmbeddedTokens tokens = embedded(current, tokenGradients);
    current = null; // gradients take the activations' places
    team.run((slice, rows) -> slice.backward(hiddenGradients.address(), weights, tokens));
    List<SliceState> states = team.states();
    team.kernels()
        .runAll(
            (kernels, part) -> {
              linearGradients(kernels, states, gradients, part);
              if (part == team.kernels().size() - 1) {
                smallGradients(states, gradients, positions);
              }
            });
    HostFloats.hold(hiddenGradients, weights, tokenGradients, gradients);
  }

  /** One product over all positions a weight, of whose columns each thread computes its part. */
  private void linearGradients(
      Kernels kernels, List<SliceState> states, TransformerParameters gradients, int part) {
    for (int layer = 0; layer < shape.layers(); layer++) {
      TransformerBlock.linearGradients(
          kernels.linear(),
          blocks(states, layer),
          gradients.block(layer, shape),
          part,
          team.kernels().size());
    }
  }

  private void smallGradients(
      List<SliceState> states, TransformerParameters gradients, int positions) {
    for (int layer = 0; layer < shape.layers(); layer++) {
      TransformerBlock.normGradients(blocks(states, layer), gradients.block(layer, shape));
    }
    Norm.parameterGradients(
        states.stream().map(state -> state.finalNorm).toList(), gradients.finalNorm());
    InputEmbedding.positionGradients(states, gradients.positionEmbedding(), positions);
  }

  private static List<TransformerBlock> blocks(List<SliceState> states, int layer) {
    return states.stream().map(state -> state.blocks.get(layer)).toList();
  }

  /**
   * The transformer's inputs of the last {@link #forward} call before positions are added: token
   * embeddings, and hidden states at latent cells.
   *
   * @param tokenEmbeddings as given to that call
   * @param target [rows, columns, width], overwritten
   */
  void inputEmbeddings(FloatPointer tokenEmbeddings, FloatPointer target) {
    requireForward();
    EmbeddedTokens tokens = embedded(current, tokenEmbeddings);
    EmbeddedTokens copies = embedded(current, target);
    team.run((slice, rows) -> slice.copyInputs(tokens, copies));
    HostFloats.hold(tokenEmbeddings, target);
  }

  private void requireForward() {
    if (current == null) {
      throw new IllegalStateException(
          "A forward call must precede this call, one for each backward call; none did");
    }
  }

  private EmbeddedTokens embedded(LatentPlan plan, FloatPointer pointer) {
    return new EmbeddedTokens(pointer.address(), plan.columns(), 0, shape.width());
  }

  @Override
  public void close() {
    team.close();
  }
}
