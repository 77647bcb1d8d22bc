# Net::Amazon::S3 as a client that serves one command per line of JSON on its standard input.
use strict;
use warnings;
use JSON::PP;
use Net::Amazon::S3;
use Net::Amazon::S3::Vendor::Generic;
use Net::Amazon::S3::Signature::V4;

my $json = JSON::PP->new->utf8->canonical;
my ($host) = $ENV{S3_ENDPOINT} =~ m{^http://(.*)$};
my $vendor = Net::Amazon::S3::Vendor::Generic->new(
    host                 => $host,
    use_https            => 0,
    use_virtual_host     => 0,
    authorization_method => 'Net::Amazon::S3::Signature::V4',
    default_region       => $ENV{AWS_DEFAULT_REGION},
);
my $s3 = Net::Amazon::S3->new(
    aws_access_key_id     => $ENV{AWS_ACCESS_KEY_ID},
    aws_secret_access_key => $ENV{AWS_SECRET_ACCESS_KEY},
    vendor                => $vendor,
);
my $bucket = $s3->bucket({ bucket => $ENV{S3_BUCKET}, region => $ENV{AWS_DEFAULT_REGION} });

sub check { my ($ok) = @_; die(($s3->err // 'failed') . ': ' . ($s3->errstr // '') . "\n") unless $ok; return undef }

my %commands = (
    put  => sub { check($bucket->add_key_filename($_[1], $_[0], { content_type => 'binary/octet-stream' })) },
    get  => sub { check($bucket->get_key_filename($_[0], 'GET', $_[1])) },
    list => sub { my $list = $bucket->list_all({ prefix => $_[0] }); check($list); [map { $_->{key} } @{ $list->{keys} }] },
    copy => sub { check($bucket->copy_key($_[1], "/$ENV{S3_BUCKET}/$_[0]")) },
    remove => sub { check($bucket->delete_key($_)) for @_; undef },
    presign => sub { $bucket->query_string_authentication_uri($_[0], time + 300) },
);
$| = 1;
while (my $line = <STDIN>) {
    my ($name, @arguments) = @{ $json->decode($line) };
    my $result = eval { $commands{$name}->(@arguments) };
    print $json->encode($@ ? { error => "$@" } : { result => $result }), "\n";
}
