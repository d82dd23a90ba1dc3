using Bayes.Layers.Data;

namespace Bayes.Layers.ML;

/// <summary>What a saved network needs beside its weights in order to predict.</summary>
internal sealed record NetworkDescription(
    string Task, string FeatureColumnName, IReadOnlyList<string> Classes, ColumnScaling Scaling, int Samples, int Seed, double Mass);
