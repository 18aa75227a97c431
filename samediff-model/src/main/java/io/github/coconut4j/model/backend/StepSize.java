package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.latent.LatentBatch;
import java.util.Set;

/**
 * The quantities that determine the memory of a training step: the model, and the largest batch.
 *
 * @param precision precision of the linear layers' products
 * @param batch the largest batch, with labels
 * @param trained names of the parameters that are trained
 * @param bfloat16 names of the parameters that are stored in bfloat16
 * @param dropout dropout of the step, or null for none
 */
public record StepSize(
    TransformerConfig config,
    Precision precision,
    LatentBatch batch,
    Set<String> trained,
    Set<String> bfloat16,
    Dropout dropout) {

  /** Checks the arguments. */
  public StepSize {
    Arguments.requireNonNull(config, "config", "Give the model's TransformerConfig.");
    Arguments.requireNonNull(precision, "precision", "Choose one, such as Precision.FLOAT32.");
    Arguments.requireNonNull(batch, "batch", "Give the largest batch.");
    Arguments.requireNonNull(trained, "trained", "Give the names, an empty set for none.");
    Arguments.requireNonNull(bfloat16, "bfloat16", "Give the names, an empty set for none.");
    trained = Set.copyOf(trained);
    bfloat16 = Set.copyOf(bfloat16);
  }

  /** Total number of values of trained parameters. */
  public long trainedValues() {
    return ParameterLayout.of(config).parameters().stream()
        .filter(parameter -> trained.contains(parameter.name()))
        .mapToLong(parameter -> (long) parameter.size())
        .sum();
  }

  /** Whether the table of tokens is trained. */
  public boolean trainsTokens() {
    return trained.contains(ParameterLayout.of(config).tokenTable());
  }

  /** Whether the table of outputs is trained, or that of tokens if the two are tied. */
  public boolean trainsOutputs() {
    return config.isTieWordEmbeddings()
        ? trainsTokens()
        : trained.contains(ParameterLayout.of(config).outputTable());
  }
}
