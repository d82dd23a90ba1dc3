using System.Runtime.Intrinsics;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Numerics;

public sealed class PhiloxTests
{
    /// <summary>The known answers for philox4x32-10 that Salmon et al. publish with Random123.</summary>
    public static TheoryData<uint[], uint[], uint[]> KnownAnswers => new()
    {
        { [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
        { [~0u, ~0u, ~0u, ~0u], [~0u, ~0u], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd] },
        { [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1] },
    };

    [Theory]
    [MemberData(nameof(KnownAnswers))]
    public void It_gives_the_published_answers(uint[] counter, uint[] key, uint[] expected)
    {
        var (w0, w1, w2, w3) = Philox.Generate(counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
        new[] { w0, w1, w2, w3 }.Should().Equal(expected);
    }

    [Theory]
    [MemberData(nameof(KnownAnswers))]
    public void Every_lane_gives_the_published_answers(uint[] counter, uint[] key, uint[] expected)
    {
        var keys = new Vector256<ulong>[Philox.KeyCount];
        Philox.Keys(key[0], key[1], keys);
        for (int lane = 0; lane < 8; lane++)
        {
            var c = counter.Select(word => Vector256.WithElement(Vector256.Create(17u, 3, 99, 4, 5, 6, 7, 8), lane, word)).ToArray();
            var (w0, w1, w2, w3) = Philox.Generate(c[0], c[1], c[2], c[3], keys);
            new[] { w0[lane], w1[lane], w2[lane], w3[lane] }.Should().Equal(expected);
        }
    }
}
