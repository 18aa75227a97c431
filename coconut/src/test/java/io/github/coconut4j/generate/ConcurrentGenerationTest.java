package io.github.coconut4j.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.model.latent.LatentLoops;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ConcurrentGenerationTest {

  @Test
  void threadsThatShareAModelGetTheAnswersTheyGetAlone() throws Exception {
    GenerationOptions options =
        GenerationOptions.builder().temperature(1).seed(3).maxNewTokens(12).batchSize(2).build();
    List<String> questions =
        TinyModels.problems(6, 4).stream().map(ReasoningProblem::getQuestion).toList();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (CoconutModel model = TinyModels.bytePairs(LatentLoops.FUSED)) {
      List<Generation> alone = model.generate(questions, options);
      List<Future<List<Generation>>> together = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        together.add(threads.submit(() -> model.generate(questions, options)));
      }
      for (Future<List<Generation>> answers : together) {
        assertThat(answers.get()).isEqualTo(alone);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
