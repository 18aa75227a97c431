package io.github.coconut4j.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.tuning.candidate.InProcessTrainer;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A search over the ranks of low-rank adapters on one base. */
class RankSearchTest {

  @TempDir private Path temporary;

  private Path base() throws IOException {
    Path base = temporary.resolve("base");
    ConfigFile tiny = ConfigFile.parse("base", TinySearch.yaml("").replaceAll("search: *\\n", ""));
    try (TrainingRun run =
        TrainingRun.builder()
            .config(tiny.set("method=cot").toTrainingConfig())
            .directory(new RunDirectory(temporary.resolve("fresh")))
            .build()) {
      run.trainedModel().save(base);
    }
    return base;
  }

  @Test
  void everyCandidateHasAdaptersOfItsRank() throws IOException {
    String yaml =
        TinySearch.yaml(
                    "{generator: grid, score: loss, space: {lora.r: {discrete: [1, 3]},"
                        + " lora.alpha: {fixed: 4}}}")
                .replaceAll("(n_layer|n_embd|n_head|n_positions|initializer_range): .*\\n", "")
            + "model_id: \"%s\"\nlora: {dropout: 0.0}\n".formatted(base());
    SearchDirectory directory = new SearchDirectory(temporary.resolve("search"));
    List<CandidateRecord> candidates;
    try (Search search =
        Search.builder()
            .file(SearchFile.parse("test", yaml))
            .directory(directory)
            .trainer(new InProcessTrainer())
            .build()) {
      search.run();
      candidates = search.candidates();
    }

    assertThat(candidates)
        .extracting(candidate -> candidate.getParameters().get("lora.r"))
        .containsExactlyInAnyOrder(1, 3);
    for (CandidateRecord candidate : candidates) {
      Map<String, Object> parameters = candidate.getParameters();
      Path adapter =
          directory.candidate(candidate.getCandidate()).model().resolve("adapter_config.json");
      JsonNode peft = new ObjectMapper().readTree(adapter.toFile());
      assertThat(peft.get("r").asInt()).isEqualTo(parameters.get("lora.r"));
      assertThat(peft.get("lora_alpha").asDouble()).isEqualTo(4);
    }
  }
}
