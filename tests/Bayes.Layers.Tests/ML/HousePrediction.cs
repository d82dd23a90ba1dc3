using Microsoft.ML.Data;

namespace Bayes.Layers.Tests.ML;

/// <summary>The columns of a regression.</summary>
public sealed class HousePrediction
{
    public float Score { get; set; }

    public float Epistemic { get; set; }

    public float Aleatoric { get; set; }

    public float Lower { get; set; }

    public float Upper { get; set; }

    [NoColumn]
    public float[] All => [Score, Epistemic, Aleatoric, Lower, Upper];
}
