package io.github.coconut4j.train;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.ScoredGeneration;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.json.JsonLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import lombok.Builder;
import lombok.Value;

/**
 * The model's outputs for the first problems of the newest evaluation during training: {@code
 * samples.json} of a run, for people who watch it.
 */
@Value
@Builder
@JsonNaming(SnakeCaseStrategy.class)
final class EvaluationSamples {

  private static final int MOST = 4;

  /** Number of updates done. */
  int step;

  /** Stage of the curriculum, from 0. */
  int stage;

  /** The first problems in the evaluation's order. */
  List<Sample> samples;

  /** One problem and its output. */
  @Value
  @Builder
  @JsonNaming(SnakeCaseStrategy.class)
  static class Sample {

    /** The problem's question. */
    String question;

    /** Number of thoughts or pauses before the output. */
    int latents;

    /** The generated text, without special tokens. */
    String output;

    /** The problem's answer. */
    String expected;

    /** Whether the output's answer equals it. */
    boolean correct;

    private static Sample of(ScoredGeneration scored) {
      return builder()
          .question(scored.getProblem().getQuestion())
          .latents(scored.getGeneration().getLatents())
          .output(scored.getGeneration().getOutput())
          .expected(scored.getProblem().getAnswer())
          .correct(scored.isCorrect())
          .build();
    }
  }

  /** The samples of an evaluation that has just ended. */
  static EvaluationSamples of(TrainingState state, Evaluation evaluation) {
    return builder()
        .step(state.getStep())
        .stage(state.getStage())
        .samples(evaluation.getGenerations().stream().limit(MOST).map(Sample::of).toList())
        .build();
  }

  /** Writes the file, replacing the samples of the previous evaluation. */
  void write(Path file) throws IOException {
    AtomicFile.write(file, JsonLines.line(this));
  }
}
