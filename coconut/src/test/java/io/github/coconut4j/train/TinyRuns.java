package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.LrSchedule;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Configurations small enough to train in a test. */
final class TinyRuns {

  private static final String PROBLEMS =
      ":nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  private TinyRuns() {}

  static TrainingConfig.TrainingConfigBuilder of(Method method) {
    return TrainingConfig.builder()
        .method(method)
        .trainPath("prosqa:8:3" + PROBLEMS)
        .valPath("prosqa:8:3" + PROBLEMS)
        .nLayer(2)
        .nEmbd(32)
        .nHead(2)
        .nPositions(64)
        .initializerRange(0.1)
        .maxLatentStage(2)
        .icotTokensPerEpoch(3)
        .stageSteps(List.of(4, 3, 5))
        .batchSizeTraining(4)
        .evalEverySteps(4)
        .maxNewTokens(12)
        .lr(5e-3)
        .weightDecay(0)
        .lrSchedule(LrSchedule.COSINE);
  }

  /** A model directory in another that has not seen the tokens of latents. */
  static Path base(Path parent) throws IOException {
    Path base = parent.resolve("base");
    RunDirectory fresh = new RunDirectory(parent.resolve("fresh"));
    try (TrainingRun run =
        TrainingRun.builder().config(of(Method.COT).build()).directory(fresh).build()) {
      run.trainedModel().save(base);
    }
    rename(base.resolve("tokenizer.json"));
    rename(base.resolve("tokenizer_config.json"));
    return base;
  }

  /** What a model writes after each problem's question. */
  static List<String> answers(CoconutModel model, List<ReasoningProblem> problems) {
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(12).build();
    List<String> questions = problems.stream().map(ReasoningProblem::getQuestion).toList();
    return model.generate(questions, options).stream().map(Generation::getOutput).toList();
  }

  private static void rename(Path file) throws IOException {
    Files.writeString(file, Files.readString(file).replace("latent|>", "former|>"));
  }
}
