package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.backend.StepSize;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.Labels;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.StepRehearsal;
import java.util.List;
import lombok.RequiredArgsConstructor;

/**
 * Predicts the GPU memory of training steps of one size. The loop runs on a GPU that only counts.
 * The other sizes follow from the model and the batch: tables, AdamW's moments, and the arrays that
 * the graph's operations pass to each other.
 */
@RequiredArgsConstructor
final class StepMemory {

  /** Number of AdamW's moments per trained value. */
  private static final int MOMENTS = 2;

  /** Token embeddings and hidden states each have a gradient of the same size. */
  private static final int WITH_GRADIENT = 2;

  private final StepSize step;

  /** Whether the GPU multiplies in bfloat16. */
  private final boolean hasBfloat16;

  private final CountedGpu gpu = new CountedGpu();

  /** Products that are not computed and only take cuBLASLt's workspace. */
  private final class CountedProducts implements Products {

    private final GpuMemory workspace = new GpuMemory(gpu);

    @Override
    public void multiply(Operand a, Operand b, Matrix bias, Matrix addend, Matrix c) {
      workspace.requireBytes(MatmulPlan.WORKSPACE_BYTES);
    }

    @Override
    public void close() {
      workspace.close();
    }
  }

  /** The memory in bytes. */
  long bytes() {
    Labels labels = Labels.of(step.batch());
    BatchLayout layout =
        BatchLayout.of(step.batch(), labels.positions())
            .withLatentIterations(step.config().getLatentIterations());
    long width = step.config().getNEmbd();
    floats(MOMENTS * step.trainedValues());
    floats(WITH_GRADIENT * width * step.batch().sequences() * step.batch().steps());
    floats(WITH_GRADIENT * width * layout.queriedCount());
    try (CudaOperations loop = operations();
        CudaOperations table = operations()) {
      tables(labels.count(), table);
      StepRehearsal.run(step, layout, loop);
      return gpu.most();
    }
  }

  private CudaOperations operations() {
    return new CudaOperations(gpu, new CountedProducts(), step.precision(), hasBfloat16);
  }

  private Matrix floats(long count) {
    return matrix(1, count);
  }

  private Matrix matrix(long rows, long columns) {
    return Matrix.dense(gpu.allocate(rows * columns * Float.BYTES), rows, columns);
  }

  private Matrix table(String name, long rows, long columns) {
    boolean bfloat16 = step.bfloat16().contains(name);
    long address = gpu.allocate(rows * columns * (bfloat16 ? Short.BYTES : Float.BYTES));
    return new Matrix(address, rows, columns, columns, bfloat16, null);
  }

  /** Counts the tables of tokens and outputs, their gradients, and the loss with its logits. */
  private void tables(int labels, CudaOperations operations) {
    long vocabulary = step.config().getVocabSize();
    long width = step.config().getNEmbd();
    ParameterLayout parameters = ParameterLayout.of(step.config());
    Matrix table = table(parameters.outputTable(), vocabulary, width);
    Matrix gradient = step.trainsOutputs() ? matrix(vocabulary, width) : null;
    if (!step.config().isTieWordEmbeddings()) {
      table(parameters.tokenTable(), vocabulary, width);
      if (step.trainsTokens()) {
        matrix(vocabulary, width);
      }
    }
    long rows = Math.min(labels, CudaTokenTable.rowsAtOnce(Math.toIntExact(vocabulary)));
    Matrix logits = matrix(rows, vocabulary);
    Matrix states = matrix(rows, width);
    Linear linear = operations.linear();
    LinearWeights layer = CudaTokenTable.layer(table);
    linear.forward(states, layer, null, logits);
    linear.inputGradient(logits, layer, false, states);
    if (gradient != null) {
      Linear.Term term = new Linear.Term(states, logits);
      linear.parameterGradients(List.of(term), true, CudaTokenTable.layer(gradient));
    }
    gpu.allocate(IndexLists.CHUNK_BYTES); // the tokens to look up
  }
}
