package io.github.coconut4j.analyze;

import java.util.List;
import lombok.Value;

/** A model's analysis on one or several sets of problems. */
@Value
public class Analysis {

  /** The model's directory, as given. */
  String model;

  /** Number of thoughts that the model was trained with. */
  int trainedThoughts;

  /** Seed of all random numbers. */
  long seed;

  /** The sets of problems, in order. */
  List<DataAnalysis> data;
}
