using Bayes.Layers.Checkpoints;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The programs of docs/checkpoints.md do what the guide says.</summary>
public sealed class CheckpointsGuideTests : TorchTest
{
    [Fact]
    public void The_body_is_loaded_and_the_head_is_not()
    {
        using var folder = new WorkingFolder();
        DocumentedExamples.ProgramsOf("docs/checkpoints.md")[2].Run(["part"], found =>
        {
            var part = found.Get<PartialLoad>("part");
            part.Taken.Should().HaveCount(4).And.OnlyContain(name => name.StartsWith("body."));
            part.OtherShape.Should().HaveCount(4).And.OnlyContain(name => name.StartsWith("head."));
        });
    }
}
