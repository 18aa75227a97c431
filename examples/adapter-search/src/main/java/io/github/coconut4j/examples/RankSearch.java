package io.github.coconut4j.examples;

import io.github.coconut4j.tuning.Search;
import io.github.coconut4j.tuning.SearchFile;
import io.github.coconut4j.tuning.candidate.InProcessTrainer;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import java.nio.file.Path;

/** Trains adapters of several ranks on one base, and prints the score of each. */
final class RankSearch {

  private static final String SEARCH =
      """
      method: coconut
      model_id: '%s'
      train_path: "prosqa-balanced:40:1:nodes=10,min_steps=2,max_steps=2"
      val_path: "prosqa-balanced:8:2:nodes=10,min_steps=2,max_steps=2"
      max_latent_stage: 2
      stage_steps: [2, 2, 4]
      batch_size_training: 8
      lr: 1.0e-2
      max_new_tokens: 8
      lora: {alpha: 8}
      search:
        generator: grid
        score: loss
        space:
          lora.r: {discrete: [1, 4]}
      """;

  private RankSearch() {}

  /**
   * @param args the base's directory and the search's
   */
  public static void main(String[] args) throws IOException {
    try (Search search =
        Search.builder()
            .file(SearchFile.parse("ranks", SEARCH.formatted(args[0].replace("'", "''"))))
            .directory(new SearchDirectory(Path.of(args[1])))
            .trainer(new InProcessTrainer())
            .build()) {
      search.run();
      for (CandidateRecord candidate : search.candidates()) {
        System.out.println(candidate.getParameters() + " has " + candidate.getScore());
      }
    }
  }
}
