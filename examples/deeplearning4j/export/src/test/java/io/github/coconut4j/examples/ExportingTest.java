package io.github.coconut4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;

class ExportingTest {

  private static final String QUESTION =
      "Bob is a impus. Every impus is a lorpus. Is Bob a lorpus or impus?";

  private static final TrainingConfig CONFIG =
      TrainingConfig.builder()
          .method(Method.COCONUT)
          .trainPath("prosqa-balanced:40:1:nodes=10,min_steps=2,max_steps=2")
          .nLayer(1)
          .nEmbd(32)
          .nHead(2)
          .maxLatentStage(2)
          .initializerRange(0.5)
          .build();

  @Test
  void theGraphSaysTheModelsFirstToken(@TempDir Path directory) throws IOException {
    Path model = directory.resolve("model");
    try (TrainingRun run =
        TrainingRun.builder()
            .config(CONFIG)
            .directory(new RunDirectory(directory.resolve("run")))
            .build()) {
      run.trainedModel().save(model);
    }

    Exporting.main(new String[] {model.toString(), "2", directory.resolve("exported").toString()});

    try (CoconutModel ours = CoconutModel.open(model)) {
      int[] question = ours.getTokenizer().encode(QUESTION + "\n");
      assertEquals(firstToken(ours), firstToken(directory.resolve("exported"), question));
    }
  }

  private static int firstToken(CoconutModel model) {
    GenerationOptions options = GenerationOptions.builder().latents(2).maxNewTokens(1).build();
    int[] first = new int[1];
    model.generate(List.of(QUESTION), options, (row, token) -> first[0] = token);
    return first[0];
  }

  private static int firstToken(Path exported, int[] question) {
    SameDiff prefill = SameDiff.load(exported.resolve("prefill.fb").toFile(), false);
    return prefill
        .output(Map.of("question_ids", Nd4j.createFromArray(new int[][] {question})), "next_token")
        .get("next_token")
        .getInt(0);
  }
}
