using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Numerics;

/// <summary>Filling a tensor gives the same numbers as making a new one, so a seed means the same for both.</summary>
public sealed class NoiseFillTests : TorchTest
{
    [Theory]
    [InlineData("global")]
    [InlineData("seeded")]
    [InlineData("antithetic")]
    [InlineData("of one's own")]
    public void Filling_a_tensor_gives_the_noise_of_a_new_one(string which)
    {
        foreach (var dtype in new[] { float32, float64 })
        {
            NoiseSource Make()
            {
                random.manual_seed(9);
                return which switch
                {
                    "global" => TorchNoise.Global,
                    "seeded" => new TorchNoise(4),
                    "antithetic" => new AntitheticNoise(new TorchNoise(4)),
                    _ => new Reversed(new TorchNoise(4)),
                };
            }
            long[][] shapes = [[1, 1], [2, 3], [1, 15], [1, 16], [2, 4, 2], [1, 17], [2, 5, 7], [3, 40, 30]];
            var noise = Make();
            Tensor[] fresh = [.. shapes.Select(shape => noise.StandardNormal(shape, dtype, CPU))];
            noise = Make();
            foreach (var expected in fresh)
            {
                var found = empty_like(expected);
                noise.Fill(found);
                ShouldBeClose(found, expected, 0);
            }
        }
    }

    private sealed class Reversed(NoiseSource noise) : NoiseSource
    {
        public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device) =>
            noise.StandardNormal(shape, dtype, device).flip(0);
    }
}
