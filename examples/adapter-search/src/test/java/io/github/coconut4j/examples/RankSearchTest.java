package io.github.coconut4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RankSearchTest {

  private static final TrainingConfig CONFIG =
      TrainingConfig.builder()
          .method(Method.COT)
          .trainPath("prosqa-balanced:40:1:nodes=10,min_steps=2,max_steps=2")
          .nLayer(1)
          .nEmbd(32)
          .nHead(2)
          .build();

  /** Its path has signs that mean something in YAML; on Windows every path has. */
  private static Path base(Path directory) throws IOException {
    Path base = directory.resolve("someone's\\base");
    try (TrainingRun run =
        TrainingRun.builder()
            .config(CONFIG)
            .directory(new RunDirectory(directory.resolve("run")))
            .build()) {
      run.trainedModel().save(base);
    }
    return base;
  }

  @Test
  void eachCandidateIsAnAdapterOfItsRank(@TempDir Path directory) throws IOException {
    Path search = directory.resolve("search");

    RankSearch.main(new String[] {base(directory).toString(), search.toString()});

    assertEquals(Set.of(1, 4), ranks(search));
    assertTrue(Files.exists(search.resolve("best.yaml")));
  }

  private static Set<Integer> ranks(Path search) throws IOException {
    Set<Integer> ranks = new TreeSet<>();
    try (Stream<Path> candidates = Files.list(search.resolve("candidates"))) {
      for (Path candidate : candidates.toList()) {
        JsonNode adapter =
            new ObjectMapper().readTree(candidate.resolve("model/adapter_config.json").toFile());
        ranks.add(adapter.get("r").asInt());
      }
    }
    return ranks;
  }
}
