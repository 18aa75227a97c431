package io.github.coconut4j.batch;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** The shipped model, and questions to ask it alone and in a batch. */
record AskedModel(CoconutModel model, List<String> questions) implements AutoCloseable {

  static AskedModel open(int questions) throws IOException {
    return new AskedModel(
        CoconutModel.open(Path.of("../models/prosqa-coconut")),
        ProblemSource.of("prosqa-balanced:" + questions + ":77").problems(Set.of()).stream()
            .map(ReasoningProblem::getQuestion)
            .toList());
  }

  AnswerRequest request(int question, GenerationOptions options) {
    return AnswerRequest.builder().question(questions.get(question)).options(options).build();
  }

  /** What the model answers outside of a batch. */
  Generation alone(int question, GenerationOptions options) {
    return model.generate(List.of(questions.get(question)), options).get(0);
  }

  /** An answer that never ends by itself. */
  GenerationOptions endless() {
    return GenerationOptions.builder().excludedToken(model.endOfSequence()[0]).build();
  }

  @Override
  public void close() {
    model.close();
  }
}
