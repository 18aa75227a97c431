package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.latent.Objective.Targets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import lombok.Getter;
import lombok.experimental.Accessors;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An objective in a model's graph. What it returns for each batch is checked before it is used. */
@Accessors(fluent = true)
final class CheckedObjective {

  private static final String REFUSE = "Refuse such a batch in targets.";

  private final Objective objective;

  /** The variable of the loss. */
  @Getter private final SDVariable loss;

  /** Placeholders that the objective made. */
  private final Set<String> placeholders;

  /**
   * Adds an objective's loss to a graph that has everything else.
   *
   * @throws IllegalArgumentException if the loss is not a variable of that graph, or one of the
   *     graph's variables was replaced
   */
  CheckedObjective(Objective objective, ObjectiveInputs inputs) {
    this.objective = objective;
    SameDiff graph = inputs.getGraph();
    Map<String, SDVariable> others = Map.copyOf(graph.variableMap());
    loss = requireLoss(objective.loss(inputs), graph);
    others.forEach((name, variable) -> requireKept(variable, graph.getVariable(name)));
    placeholders = new LinkedHashSet<>(graph.inputs());
    placeholders.removeAll(others.keySet());
  }

  /** SameDiff lets a placeholder replace a variable of the same name. */
  private static void requireKept(SDVariable variable, SDVariable found) {
    if (found != variable) {
      throw new IllegalArgumentException(
          "An objective's variables must have names of their own, but the model has a variable "
              + variable.name()
              + " too. Give the objective's another name.");
    }
  }

  private static SDVariable requireLoss(SDVariable loss, SameDiff graph) {
    if (loss == null || loss.getSameDiff() != graph) {
      throw new IllegalArgumentException(
          "An objective's loss must be a variable of the model's graph, but is "
              + (loss == null ? "null" : "one of another graph")
              + ". Compute it from the hidden states that the objective is given.");
    }
    return loss;
  }

  /** A loss's value. */
  static double scalar(INDArray loss) {
    return requireScalar(loss).getDouble();
  }

  /** For a vector, SameDiff would sum the gradients and report its first value as the loss. */
  static INDArray requireScalar(INDArray loss) {
    if (loss.length() != 1) {
      throw new IllegalArgumentException(
          "An objective's loss must be a scalar, but has the shape "
              + Arrays.toString(loss.shape())
              + ". Take its mean.");
    }
    return loss;
  }

  /**
   * The positions and placeholders that the loss reads for a batch.
   *
   * @throws IllegalArgumentException if there are none, queried positions do not ascend within the
   *     batch, or the placeholders are not those that the loss made
   */
  Targets targets(LatentBatch batch) {
    Targets targets = objective.targets(batch);
    if (targets == null) {
      throw new IllegalArgumentException(
          "An objective must say what it reads of a batch, but its targets are null. Refuse a batch"
              + " that has nothing to learn from with an IllegalArgumentException.");
    }
    String hidden = "Positions whose hidden states an objective reads";
    requirePositions(hidden, targets.queried(), batch, REFUSE);
    String layers = "Positions at which an objective reads inner layers";
    if (objective.readsLayers()) {
      requirePositions(layers, targets.probed(), batch, REFUSE);
    } else if (targets.probed() != null) {
      throw new IllegalArgumentException(
          layers + " must be null unless it reads layers, but are given. Override readsLayers.");
    }
    requirePlaceholders(targets);
    return targets;
  }

  /**
   * Checks that there are positions and that they ascend within a batch.
   *
   * @param subject what they are, in the plural, for the message
   * @param remedy a sentence: what to do if there are none
   */
  static void requirePositions(String subject, int[] positions, LatentBatch batch, String remedy) {
    int bound = batch.sequences() * batch.steps();
    Arguments.requireAscending(positions, bound, subject, "Give each position once, in order.");
    if (positions.length == 0) {
      throw new IllegalArgumentException(
          subject + " must be at least one, but there are none. " + remedy);
    }
  }

  /** Other names would replace the graph's own inputs, or be ignored. */
  private void requirePlaceholders(Targets targets) {
    if (!targets.placeholders().keySet().equals(placeholders)) {
      throw new IllegalArgumentException(
          "An objective's targets must have values of the placeholders that its loss made, "
              + placeholders
              + ", but have those of "
              + targets.placeholders().keySet()
              + ". Use the same names in both, and none of the model's own.");
    }
    targets
        .placeholders()
        .forEach(
            (name, value) -> {
              if (value == null || value.wasClosed()) {
                throw new IllegalArgumentException(
                    "An objective's targets must have an open array for each placeholder, but that"
                        + " of "
                        + name
                        + (value == null ? " is null." : " was closed.")
                        + " Create it for each batch.");
              }
            });
  }
}
