package io.github.coconut4j.tuning;

/** Searches small enough for a test. */
public final class TinySearch {

  private static final String PROBLEMS =
      "prosqa:8:3:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  private TinySearch() {}

  /** A search of models that train in a second, as YAML. */
  public static String yaml(String search) {
    return yaml(search, "[4, 3, 5]");
  }

  /** The same with updates of its three stages, {@code [4, 3, 5]} say. */
  public static String yaml(String search, String stageSteps) {
    return """
        method: coconut
        train_path: "%1$s"
        val_path: "%1$s"
        n_layer: 1
        n_embd: 16
        n_head: 2
        n_positions: 64
        initializer_range: 0.1
        max_latent_stage: 2
        stage_steps: %3$s
        batch_size_training: 4
        max_new_tokens: 6
        eval_every_steps: 100
        checkpoint_every_steps: 2
        lr_schedule: cosine
        seed: 1
        search: %2$s
        """
        .formatted(PROBLEMS, search, stageSteps);
  }
}
