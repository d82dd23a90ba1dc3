namespace Bayes.Layers.Tests;

/// <summary>Programs are read from a document's text, and a reader's compiler errors are found.</summary>
public sealed class DocumentedExamplesTests
{
    [Fact]
    public void A_block_is_a_program_of_its_own()
    {
        var programs = DocumentedExamples.ProgramsIn(Page("First:", "int a = 1;", "Then:", "Console.WriteLine(a);"));
        programs.Should().HaveCount(2);
        programs[1].Complaints().Should().Contain("CS0103");
    }

    [Fact]
    public void A_block_continues_the_one_before_if_the_text_says_so()
    {
        var program = DocumentedExamples.ProgramsIn(Page("First:", "int a = 1;", "This continues:", "Console.WriteLine(a + 1);")).Single();
        program.Complaints().Should().BeEmpty();
        program.Run().Trim().Should().Be("2");
    }

    [Fact]
    public void Directives_of_a_later_block_are_moved_only_if_the_text_says_so()
    {
        const string first = "using System.Text;\nvar text = new StringBuilder();",
            second = "using System.Globalization;\ntext.Append(CultureInfo.InvariantCulture.Name);";
        DocumentedExamples.ProgramsIn(Page("First:", first, "This continues:", second)).Single().Complaints().Should().Contain("CS1529");
        DocumentedExamples.ProgramsIn(Page("First:", first, "This continues; `using` goes to the top of the file:", second)).Single().Complaints()
            .Should().BeEmpty();
    }

    [Fact]
    public void A_page_can_be_one_program_until_another_begins()
    {
        string page = Page("The blocks below, one after the other, are a file.", "int a = 1;", "", "a++;", "Another program:", "int a = 3;", "",
            "Console.WriteLine(a);");
        var programs = DocumentedExamples.ProgramsIn(page);
        programs.Select(program => program.Files.Single()).Should().Equal("int a = 1;\na++;\n", "int a = 3;\nConsole.WriteLine(a);\n");
    }

    [Fact]
    public void A_page_can_be_one_project()
    {
        string page = Page("Each block below is a file of one project.", "global using System.Text;", "",
            "class C { public StringBuilder Text = new(); }", "", "Console.Write(new C().Text);");
        var program = DocumentedExamples.ProgramsIn(page).Single();
        program.Files.Should().HaveCount(3);
        program.Complaints().Should().BeEmpty();
    }

    [Fact]
    public void Statements_of_a_project_can_be_continued_after_other_files()
    {
        string page = Page(
            "Each block below is a file of one project.", "int a = 1;", "", "class C;", "This continues the statements above:", "a++;");
        DocumentedExamples.ProgramsIn(page).Single().Files.Should().Equal("int a = 1;\na++;\n", "class C;\n");
    }

    [Fact]
    public void The_reader_has_only_the_printed_directives_and_public_members()
    {
        string Complaints(string code) => new DocumentedProgram([code]).Complaints();
        Complaints("using static TorchSharp.torch;\nConsole.WriteLine(ones(1).str());")
            .Should().Contain("CS1061", "str is an extension in TorchSharp");
        Complaints("using TorchSharp;\nusing static TorchSharp.torch;\nConsole.WriteLine(ones(1).str());").Should().BeEmpty();
        Complaints("Console.WriteLine(typeof(Bayes.Layers.Numerics.Scalars));").Should().Contain("CS0122");
        Complaints("using FluentAssertions;").Should().Contain("CS0246", "the tests' packages are not the reader's");
        Complaints("string text = null;\nConsole.WriteLine(text);").Should().Contain("CS8600", "warnings count too");
    }

    [Fact]
    public void Variables_can_be_observed_before_they_are_disposed()
    {
        double sum = 0;
        new DocumentedProgram(["using static TorchSharp.torch;\nusing var three = ones(3);\n"]).Run(["three", "1 + 1"], found =>
        {
            sum = found.Get<Tensor>("three").sum().ToDouble();
            found.Get<int>("1 + 1").Should().Be(2);
        });
        sum.Should().Be(3);
    }

    // Pairs of text and code.
    private static string Page(params string[] parts) => string.Concat(parts.Chunk(2).Select(pair => $"{pair[0]}\n\n```csharp\n{pair[1]}\n```\n\n"));
}
