package io.github.coconut4j.serve.batch;

import io.github.coconut4j.generate.GenerationOptions;
import java.time.Duration;
import java.util.List;
import lombok.Builder;
import lombok.Singular;
import lombok.Value;

/** A question and how it is to be answered. */
@Value
@Builder
public class AnswerRequest {

  /** The question, not blank. */
  String question;

  /** How the answer is written; thoughts are {@code latents}, the model's own where null. */
  @Builder.Default GenerationOptions options = GenerationOptions.DEFAULT;

  /** Texts before which the answer ends, none of them empty. */
  @Singular List<String> stops;

  /** From now until when the answer must be complete, waiting included. */
  @Builder.Default Duration deadline = Duration.ofMinutes(2);
}
