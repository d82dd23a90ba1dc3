using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>N(0, 1) numbers: torch's, and named ones, for which draw k of a seed is the same on every machine.</summary>
internal sealed class NoiseWork(long numbersPerDraw, int draws, Device device) : Workload(device)
{
    private readonly nn.Module _owner = nn.Identity();

    public override object PyTorch => new { work = "noise", rows = numbersPerDraw, draws };

    public override void Baseline() => Use(() => randn([draws, numbersPerDraw], device: Device));

    public override void Library() => Use(Named);

    /// <summary>The bound: writing as many zeros.</summary>
    public override IReadOnlyList<Bound> Bounds => [new("writing zeros", () => Use(() => zeros([draws, numbersPerDraw], device: Device)))];

    /// <summary>Both have the moments of N(0, 1) up to the fourth, and the named ones repeat.</summary>
    public override void RequireAgreement()
    {
        using var scope = NewDisposeScope();
        Tensor torch = randn([draws, numbersPerDraw], device: Device), named = Named();
        // Five standard errors, which for these moments of N(0, 1) are 1, 1/√2 and √96 over the root of the count.
        double tolerance = 5 / Math.Sqrt(draws * numbersPerDraw);
        foreach (var noise in new[] { torch, named })
        {
            RequireClose("1 + the mean", 1, 1 + noise.mean().ToDouble(), tolerance);
            RequireClose("The standard deviation", 1, noise.std().ToDouble(), tolerance / Math.Sqrt(2));
            RequireClose("The fourth moment", 3, noise.pow(4).mean().ToDouble(), tolerance * Math.Sqrt(96) / 3);
        }
        if (!named.eq(Named()).all().ToBoolean())
            throw new InvalidOperationException("Numbers with the same names differ between two calls.");
    }

    public override void Dispose() => _owner.Dispose();

    private Tensor Named()
    {
        using var names = new PosteriorDraws(seed: 1, draws);
        names.Bind(_owner);
        return names.StandardNormal(_owner, [numbersPerDraw], float32, Device);
    }

    private void Use(Func<Tensor> make)
    {
        using var scope = NewDisposeScope();
        make();
        Synchronize();
    }
}
