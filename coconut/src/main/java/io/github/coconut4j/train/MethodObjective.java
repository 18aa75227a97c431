package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.SimcotDecoder;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.objective.FrontierSupervision;
import io.github.coconut4j.model.objective.SelfDistillation;
import io.github.coconut4j.model.objective.StepDecoder;
import io.github.coconut4j.model.objective.StepMean;
import io.github.coconut4j.model.objective.StepSupervision;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;

/** The objective of a run's method. */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public final class MethodObjective {

  /** γ in CODI's publication for Llama. */
  private static final double LLAMA_DISTILLATION = 20;

  private final TrainingConfig config;
  private final CoconutModel model;

  /**
   * The objective of a run.
   *
   * @param model the model before the first update
   */
  public static Objective of(TrainingConfig config, CoconutModel model) {
    return new MethodObjective(config, model).objective();
  }

  private Objective objective() {
    return switch (config.getMethod()) {
      case CODI -> distillation(true);
      case PCCOT -> distillation(false);
      case FRONTIER -> new FrontierSupervision(config.getFrontierWeight());
      case SIMCOT -> steps();
      default -> Objective.CROSS_ENTROPY;
    };
  }

  private Objective distillation(boolean withEmbeddings) {
    return SelfDistillation.builder()
        .teacherWeight(config.getTeacherWeight())
        .studentWeight(config.getStudentWeight())
        .distillWeight(distillWeight())
        .withEmbeddings(withEmbeddings)
        .build();
  }

  private double distillWeight() {
    if (config.getDistillWeight() != null) {
      return config.getDistillWeight();
    }
    return model.getTransformer().getConfig().isLlamaFamily() ? LLAMA_DISTILLATION : 1;
  }

  private Objective steps() {
    boolean onCodi = config.thoughtSettings().isDistilled();
    StepMean mean = onCodi ? StepMean.TOKENS : StepMean.ROWS;
    return StepSupervision.builder()
        .other(onCodi ? distillation(true) : Objective.CROSS_ENTROPY)
        .decoder(config.getSimcotDecoder() == SimcotDecoder.BASE ? null : decoder())
        .weight(config.getStepWeight())
        .mean(config.getStepMean() == null ? mean : config.getStepMean())
        .groupSize(onCodi ? 1 : Math.max(1, config.getCThought()))
        .firstPosition(onCodi ? 0 : 1)
        .build();
  }

  /** A second model with the start weights, or a new one. */
  private StepDecoder decoder() {
    TransformerConfig plain =
        model.getTransformer().getConfig().toBuilder()
            .lora(null)
            .latentIterations(0)
            .latentBackprop(null)
            .thoughtMap(ThoughtMapConfig.IDENTITY)
            .build();
    boolean fresh = config.isFromScratch() && config.getLoadModelPath() == null;
    Weights weights =
        fresh
            ? Weights.initial(
                plain, ModelFactory.initialization(config, plain), config.getSeed() + 1)
            : model.getTransformer().getWeights().copyOf(plain);
    return new StepDecoder(plain, weights);
  }
}
