package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.backend.StepSize;
import io.github.coconut4j.model.latent.BatchLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a training step of the latent loop with operations that compute nothing but record the
 * requested memory. The step is the same as with values.
 */
public final class StepRehearsal {

  private final LayerOperations operations;
  private final List<DeviceMemory> arrays = new ArrayList<>();

  private StepRehearsal(LayerOperations operations) {
    this.operations = operations;
  }

  /**
   * Runs the step once, forward and backward, with one worker.
   *
   * @param layout the step's batch
   * @param operations operations that must not access memory at the addresses
   */
  public static void run(StepSize step, BatchLayout layout, LayerOperations operations) {
    StepRehearsal rehearsal = new StepRehearsal(operations);
    try (WorkerLoop loop = new WorkerLoop(step.config(), operations)) {
      rehearsal.walk(step, layout, loop);
    } finally {
      rehearsal.arrays.forEach(DeviceMemory::close);
    }
  }

  private void walk(StepSize step, BatchLayout layout, WorkerLoop loop) {
    ParameterLayout parameters = ParameterLayout.of(step.config());
    Parameters values =
        Parameters.of(
            parameters, parameter -> array(parameter, step.bfloat16().contains(parameter.name())));
    Parameters gradients =
        Parameters.of(
            parameters,
            parameter ->
                step.trained().contains(parameter.name()) ? array(parameter, false) : null);
    // Arrays of the graph, which are not part of the loop.
    long width = step.config().getNEmbd();
    Matrix tokens = Matrix.dense(0, (long) layout.sequences() * layout.steps(), width);
    Matrix hidden = Matrix.dense(0, layout.queriedCount(), width);
    loop.prepareTraining(new WorkerLayout(layout));
    loop.drop(step.dropout());
    loop.forward(tokens, values, hidden, List.of());
    loop.backward(hidden, List.of(), values, tokens);
    DeviceLoop.linearGradients(new GradientSums(operations, gradients, 0, 1), List.of(loop));
    DeviceLoop.smallGradients(operations, List.of(loop), gradients);
  }

  private Matrix array(Parameter parameter, boolean bfloat16) {
    long[] shape = parameter.shape();
    long columns = shape[shape.length - 1];
    long values = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    DeviceMemory memory = operations.memory();
    arrays.add(memory);
    long address = memory.require(bfloat16 ? (values + 1) / 2 : values);
    return new Matrix(address, values / columns, columns, columns, bfloat16, null);
  }
}
